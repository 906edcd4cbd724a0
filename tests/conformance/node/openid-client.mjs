// openid-client: discovery, authorization code with PKCE, userInfo, refresh, revocation.

import * as client from "openid-client";

import { decideOnDevice, signInAtHostedPage } from "./hosted-page.mjs";
import { refusal, run } from "./scenario.mjs";

const actions = {
  async codeFlow({ config, redirectUri, username, password }) {
    const pkceCodeVerifier = client.randomPKCECodeVerifier();
    const [expectedState, expectedNonce] = [client.randomState(), client.randomNonce()];
    const authorizationUrl = client.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope: "openid email",
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: "S256",
      state: expectedState,
      nonce: expectedNonce,
    });
    const back = await signInAtHostedPage(authorizationUrl, redirectUri, username, password);
    const checks = { pkceCodeVerifier, expectedState, expectedNonce };
    const tokens = await client.authorizationCodeGrant(config, back, checks);
    const claims = tokens.claims();
    const userInfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
    const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
    const replayed = await refusal(client.authorizationCodeGrant(config, back, checks));
    const latest = refreshed.refresh_token ?? tokens.refresh_token;
    await client.tokenRevocation(config, latest);
    const afterRevocation = await refusal(client.refreshTokenGrant(config, latest));
    return { claims, userInfo, refreshed: refreshed.token_type, replayed, afterRevocation };
  },

  // The right code with another verifier: what a thief of the code would send.
  async wrongVerifier({ config, redirectUri, username, password }) {
    const authorizationUrl = client.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope: "openid",
      code_challenge: await client.calculatePKCECodeChallenge(client.randomPKCECodeVerifier()),
      code_challenge_method: "S256",
    });
    const back = await signInAtHostedPage(authorizationUrl, redirectUri, username, password);
    const pkceCodeVerifier = client.randomPKCECodeVerifier();
    return await refusal(client.authorizationCodeGrant(config, back, { pkceCodeVerifier }));
  },

  async deviceFlow({ config, username, password, decision }) {
    const device = await client.initiateDeviceAuthorization(config, { scope: "openid email" });
    const polling = client.pollDeviceAuthorizationGrant(config, { ...device, interval: 1 });
    const [page, outcome] = await Promise.all([
      decideOnDevice(device.verification_uri_complete, username, password, decision),
      decision === "allow" ? polling : refusal(polling),
    ]);
    const claims = outcome.access_token ? outcome.claims() : null;
    return { page, claims, refused: outcome.code ?? null };
  },

  // The tokens and the address to sign out at, for a person who is still in the same browser.
  async endSession({ config, redirectUri, username, password, state }) {
    const pkceCodeVerifier = client.randomPKCECodeVerifier();
    const authorizationUrl = client.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope: "openid",
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: "S256",
    });
    const back = await signInAtHostedPage(authorizationUrl, redirectUri, username, password);
    const tokens = await client.authorizationCodeGrant(config, back, { pkceCodeVerifier });
    const address = client.buildEndSessionUrl(config, {
      id_token_hint: tokens.id_token,
      post_logout_redirect_uri: redirectUri,
      state,
    });
    const answer = await fetch(address, { redirect: "manual" });
    return { address: address.href, status: answer.status, location: answer.headers.get("location") };
  },

  async clientCredentials({ config, scope }) {
    return await client.clientCredentialsGrant(config, { scope });
  },
};

await run(async ({ issuer, clientId, clientSecret, action, algorithm, ...rest }) => {
  const authentication = clientSecret ? client.ClientSecretBasic(clientSecret) : client.None();
  const options = { execute: [client.allowInsecureRequests] };
  const metadata = algorithm ? { id_token_signed_response_alg: algorithm } : {};
  const server = new URL(issuer);
  const config = await client.discovery(server, clientId, metadata, authentication, options);
  return await actions[action]({ config, ...rest });
});
