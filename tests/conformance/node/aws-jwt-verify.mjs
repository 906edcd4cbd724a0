// aws-jwt-verify: `tokens` verified against the issuer's keys; each answers its claims or a refusal.

import { JwtVerifier } from "aws-jwt-verify";
import { SimpleJwksCache } from "aws-jwt-verify/jwk";

import { refusal, run } from "./scenario.mjs";

// The library's own fetcher speaks https alone, as AWS does; ours takes the loopback's http.
const fetcher = { fetch: async (uri) => await (await fetch(uri)).arrayBuffer() };

await run(async ({ issuer, audience, tokens }) => {
  const jwksUri = `${issuer}/.well-known/jwks.json`;
  const jwksCache = new SimpleJwksCache({ fetcher });
  const verifier = JwtVerifier.create({ issuer, audience, jwksUri }, { jwksCache });
  const answers = {};
  for (const [name, token] of Object.entries(tokens)) {
    const refused = await refusal(verifier.verify(token));
    answers[name] = refused ? { refused } : { claims: await verifier.verify(token) };
  }
  return answers;
});
