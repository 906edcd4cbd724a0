// http-proxy + jose: verifies the access token of each request, then proxies it.

import http from "node:http";

import httpProxy from "http-proxy";
import { createRemoteJWKSet, jwtVerify } from "jose";

const { PORT, UPSTREAM, ISSUER } = process.env;
const agent = new http.Agent({ keepAlive: true });
const proxy = httpProxy.createProxyServer({ target: UPSTREAM, agent });
const keys = createRemoteJWKSet(new URL(`${ISSUER}/.well-known/jwks.json`));

proxy.on("error", (error, request, response) => response.writeHead(502).end());

http
  .createServer(async (request, response) => {
    try {
      const token = request.headers.authorization?.replace(/^Bearer /, "") ?? "";
      await jwtVerify(token, keys, { issuer: ISSUER, algorithms: ["RS256"] });
    } catch {
      response.writeHead(401).end();
      return;
    }
    proxy.web(request, response);
  })
  .listen(Number(PORT), "127.0.0.1");
