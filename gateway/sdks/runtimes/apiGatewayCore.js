// What every generated SDK runs: builds requests, signs them, and reads the answers.
"use strict";
(function (root) {
  const ALGORITHM = "AWS4-HMAC-SHA256";
  const SERVICE = "execute-api";
  const JSON_TYPE = "application/json";
  const encoder = new TextEncoder();

  class ApiError extends Error {
    constructor(answer) {
      super("The API answered " + answer.status);
      this.name = "ApiError";
      Object.assign(this, answer);
      this.response = answer;
    }
  }

  // RFC 3986: encodeURIComponent leaves !'()* alone, which signatures want encoded.
  function encode(text) {
    return encodeURIComponent(text).replace(/[!'()*]/g, function (character) {
      return "%" + character.charCodeAt(0).toString(16).toUpperCase();
    });
  }

  function given(values, name) {
    return values && Object.prototype.hasOwnProperty.call(values, name) ? values[name] : undefined;
  }

  function isAbsent(value) {
    return value === undefined || value === null;
  }

  function segment(name, value) {
    // They would lead to another path than the one that was meant.
    if (value === "" || value === "." || value === "..") {
      throw new TypeError("The path parameter " + name + " cannot be '" + value + "'");
    }
    return encode(value);
  }

  function pathOf(operation, params) {
    return operation.path.replace(/\{([^{}+]{1,256})(\+?)\}/g, function (_whole, name, greedy) {
      const value = String(given(params, name));
      const parts = greedy ? value.split("/") : [value];
      return parts.map((part) => segment(name, part)).join("/");
    });
  }

  function queryOf(operation, params, more) {
    const pairs = [];
    function add(name, value) {
      (Array.isArray(value) ? value : [value]).forEach(function (each) {
        if (!isAbsent(each)) {
          pairs.push([encode(name), encode(String(each))]);
        }
      });
    }
    operation.parameters.forEach(function (parameter) {
      if (parameter[0] === "query") {
        add(parameter[1], given(params, parameter[1]));
      }
    });
    Object.keys(more || {}).forEach((name) => add(name, more[name]));
    // By code points, names before values: what a signature is made of.
    const order = (one, other) => (one < other ? -1 : one > other ? 1 : 0);
    pairs.sort((one, other) => order(one[0], other[0]) || order(one[1], other[1]));
    return pairs.map((pair) => pair.join("=")).join("&");
  }

  function headersOf(operation, params, config, more) {
    const headers = new Headers();
    headers.set("accept", config.defaultAcceptType || JSON_TYPE);
    if (!isAbsent(config.apiKey)) {
      headers.set("x-api-key", config.apiKey);
    }
    [config.headers || {}, more || {}].forEach(function (values) {
      Object.keys(values).forEach((name) => headers.set(name, values[name]));
    });
    operation.parameters.forEach(function (parameter) {
      const value = parameter[0] === "header" ? given(params, parameter[1]) : undefined;
      if (!isAbsent(value)) {
        headers.set(parameter[1], String(value));
      }
    });
    return headers;
  }

  function requireParameters(operation, params) {
    operation.parameters.forEach(function (parameter) {
      if (parameter[2] && isAbsent(given(params, parameter[1]))) {
        throw new TypeError("The parameter " + parameter[1] + " is required");
      }
    });
  }

  function bytesOf(body) {
    if (isAbsent(body)) {
      return null;
    }
    if (body instanceof Uint8Array) {
      return body;
    }
    if (body instanceof ArrayBuffer) {
      return new Uint8Array(body);
    }
    return encoder.encode(typeof body === "string" ? body : JSON.stringify(body));
  }

  function hex(buffer) {
    return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  async function digest(bytes) {
    return hex(await crypto.subtle.digest("SHA-256", bytes));
  }

  async function hmac(key, text) {
    const imported = await crypto.subtle.importKey(
      "raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]
    );
    return crypto.subtle.sign("HMAC", imported, encoder.encode(text));
  }

  // IAM user guide, "Create a signed AWS API request". The path is encoded once more.
  async function sign(request, config, region) {
    const now = new Date().toISOString().replace(/[-:]|\.\d{3}/g, "");
    const headers = request.headers;
    headers.set("x-amz-date", now);
    if (config.sessionToken) {
      headers.set("x-amz-security-token", config.sessionToken);
    }
    const signed = new Map([["host", request.url.host]]);
    ["content-type", "x-amz-date", "x-amz-security-token", "x-api-key"].forEach(function (name) {
      if (headers.has(name)) {
        signed.set(name, headers.get(name).trim().replace(/ {2,}/g, " "));
      }
    });
    const names = Array.from(signed.keys()).sort();
    const canonical = [
      request.verb,
      request.url.pathname.split("/").map(encode).join("/"),
      request.query,
      ...names.map((name) => name + ":" + signed.get(name)),
      "",
      names.join(";"),
      await digest(request.bytes || new Uint8Array()),
    ].join("\n");
    const scope = [now.slice(0, 8), region, SERVICE, "aws4_request"];
    let key = encoder.encode("AWS4" + config.secretKey);
    for (const part of scope) {
      key = await hmac(key, part);
    }
    const hashed = await digest(encoder.encode(canonical));
    const text = [ALGORITHM, now, scope.join("/"), hashed].join("\n");
    headers.set(
      "authorization",
      ALGORITHM + " Credential=" + config.accessKey + "/" + scope.join("/") +
        ", SignedHeaders=" + names.join(";") + ", Signature=" + hex(await hmac(key, text))
    );
  }

  async function read(response) {
    const headers = Object.fromEntries(response.headers.entries());
    const type = (headers["content-type"] || "").split(";")[0].trim().toLowerCase();
    const buffer = await response.arrayBuffer();
    const isText = type === "" || /^text\/|[/+](json|xml)$/.test(type);
    let data = isText ? new TextDecoder().decode(buffer) : buffer;
    if (/[/+]json$/.test(type) && data !== "") {
      try {
        data = JSON.parse(data);
      } catch (_error) {
        // It is no JSON, so its text stands for itself.
      }
    }
    return { status: response.status, statusText: response.statusText, headers, data };
  }

  async function send(api, config, operation, params, body, additional) {
    requireParameters(operation, params);
    const headers = headersOf(operation, params, config, additional.headers);
    const bytes = bytesOf(body);
    if (bytes !== null && !headers.has("content-type")) {
      headers.set("content-type", config.defaultContentType || JSON_TYPE);
    }
    const query = queryOf(operation, params, additional.queryParams);
    const base = (config.invokeUrl || api.url).replace(/\/+$/, "");
    const url = new URL(base + pathOf(operation, params) + (query ? "?" + query : ""));
    if (operation.signed) {
      if (!config.accessKey || !config.secretKey) {
        throw new TypeError(operation.name + " asks AWS_IAM: accessKey and secretKey are needed");
      }
      const request = { verb: operation.verb, url, query, headers, bytes };
      await sign(request, config, config.region || api.region);
    }
    // Keys and signatures are for this API alone.
    const options = { method: operation.verb, headers, redirect: "manual", credentials: "omit" };
    const answer = await read(
      await fetch(url, bytes === null ? options : { ...options, body: bytes })
    );
    if (answer.status < 200 || answer.status > 299) {
      throw new ApiError(answer);
    }
    return answer;
  }

  function caller(api, config) {
    const operations = new Map(api.operations.map((each) => [each.name, each]));
    return function (name, params, body, additional) {
      return send(api, config, operations.get(name), params || {}, body, additional || {});
    };
  }

  const core = { caller: caller, ApiError: ApiError };
  if (typeof module === "object" && module.exports) {
    module.exports = core;
  } else {
    root.apiGatewayCore = core;
  }
})(globalThis);
