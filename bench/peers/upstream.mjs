// What is proxied to where nginx is missing: 1 KiB of JSON.

import http from "node:http";

const body = JSON.stringify({ payload: "x".repeat(1010) });
const headers = { "content-type": "application/json", "content-length": body.length };
http
  .createServer((request, response) => response.writeHead(200, headers).end(body))
  .listen(Number(process.env.PORT), "127.0.0.1");
