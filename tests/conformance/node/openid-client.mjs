// openid-client: discovery, authorization code with PKCE, userInfo, refresh, revocation.

import * as client from "openid-client";

import { signInAtHostedPage } from "./hosted-page.mjs";
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
