// openid-client: the ways in which an authorization request goes to the server, and comes back.

import * as client from "openid-client";

import { signInAndAllow, signInAtHostedPage, signInByForm } from "./hosted-page.mjs";
import { refusal, run } from "./scenario.mjs";

async function prepared(redirectUri, more) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const checks = {
    pkceCodeVerifier,
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
  };
  const parameters = {
    redirect_uri: redirectUri,
    scope: "openid email",
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    ...more,
  };
  return { checks, parameters };
}

async function signingKey(jwk) {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  return { key: await crypto.subtle.importKey("jwk", jwk, algorithm, false, ["sign"]), kid: jwk.kid };
}

// How each kind of request is addressed.
const address = {
  plain: (config, parameters) => client.buildAuthorizationUrl(config, parameters),
  pushed: (config, parameters) => client.buildAuthorizationUrlWithPAR(config, parameters),
  signed: async (config, parameters, jwk) =>
    await client.buildAuthorizationUrlWithJAR(config, parameters, await signingKey(jwk)),
  "signed and pushed": async (config, parameters, jwk) => {
    const signed = await address.signed(config, parameters, jwk);
    return await client.buildAuthorizationUrlWithPAR(config, signed.searchParams);
  },
};

const actions = {
  async signIn({ config, kind, mode, jwk, redirectUri, username, password }) {
    const { checks, parameters } = await prepared(redirectUri, mode && { response_mode: mode });
    const url = await address[kind](config, parameters, jwk);
    const signs = mode === "form_post" ? signInByForm : signInAtHostedPage;
    const back = await signs(url, redirectUri, username, password);
    const tokens = await client.authorizationCodeGrant(config, back, checks);
    const sent = [...url.searchParams.keys()];
    return { claims: tokens.claims(), sent };
  },

  async refusedPush({ config, redirectUri }) {
    const { parameters } = await prepared(redirectUri, { scope: "openid admin" });
    return await refusal(client.buildAuthorizationUrlWithPAR(config, parameters));
  },

  async hybrid({ config, redirectUri, username, password }) {
    client.useCodeIdTokenResponseType(config);
    const { checks, parameters } = await prepared(redirectUri);
    const url = client.buildAuthorizationUrl(config, parameters);
    const back = await signInAtHostedPage(url, redirectUri, username, password);
    const tokens = await client.authorizationCodeGrant(config, back, checks);
    return { claims: tokens.claims() };
  },

  async implicit({ config, redirectUri, username, password }) {
    client.useIdTokenResponseType(config);
    const nonce = client.randomNonce();
    const state = client.randomState();
    const parameters = { redirect_uri: redirectUri, scope: "openid email", nonce, state };
    const url = client.buildAuthorizationUrl(config, parameters);
    const back = await signInAtHostedPage(url, redirectUri, username, password);
    const claims = await client.implicitAuthentication(config, back, nonce, { expectedState: state });
    return { claims };
  },
};

async function registered({ issuer, initialAccessToken, redirectUri, username, password }) {
  const metadata = { redirect_uris: [redirectUri], client_name: "Registered by openid-client" };
  const config = await client.dynamicClientRegistration(new URL(issuer), metadata, undefined, {
    initialAccessToken,
    execute: [client.allowInsecureRequests],
  });
  const { checks, parameters } = await prepared(redirectUri);
  const url = client.buildAuthorizationUrl(config, parameters);
  const back = await signInAndAllow(url, redirectUri, username, password);
  const tokens = await client.authorizationCodeGrant(config, back, checks);
  return { claims: tokens.claims(), client: config.clientMetadata() };
}

await run(async ({ issuer, clientId, clientSecret, action, ...rest }) => {
  if (action === "registered") return await registered({ issuer, ...rest });
  const authentication = clientSecret ? client.ClientSecretBasic(clientSecret) : client.None();
  const options = { execute: [client.allowInsecureRequests] };
  const config = await client.discovery(new URL(issuer), clientId, {}, authentication, options);
  return await actions[action]({ config, ...rest });
});
