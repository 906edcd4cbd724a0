// oauth4webapi: clients that authenticate with a key, and tokens that are bound to one.

import * as oauth from "oauth4webapi";

import { signInAtHostedPage } from "./hosted-page.mjs";
import { payload, refusal, run } from "./scenario.mjs";

const insecure = { [oauth.allowInsecureRequests]: true };

// Sends again with the nonce that the server asked for, as its clients do.
async function withNonce(request) {
  try {
    return { answer: await request(), asked: false };
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error;
    return { answer: await request(), asked: true };
  }
}

const actions = {
  // A machine: private_key_jwt, a token bound to a DPoP key, introspection, an API of the gateway.
  async machine({ as, client, authentication, scope, api }) {
    const DPoP = oauth.DPoP(client, await oauth.generateKeyPair("ES256"));
    const { answer: tokens, asked } = await withNonce(async () => {
      const response = await oauth.clientCredentialsGrantRequest(
        as, client, authentication, { scope }, { ...insecure, DPoP },
      );
      return await oauth.processClientCredentialsResponse(as, client, response);
    });
    const response = await oauth.introspectionRequest(
      as, client, authentication, tokens.access_token, insecure,
    );
    const told = await oauth.processIntrospectionResponse(as, client, response);
    const call = async (options) =>
      (await oauth.protectedResourceRequest(
        tokens.access_token, "GET", new URL(api), undefined, undefined, { ...insecure, ...options },
      )).status;
    const opened = await call({ DPoP });
    const bearer = await refusal(call({}));
    const thief = oauth.DPoP(client, await oauth.generateKeyPair("ES256"));
    const stolen = await refusal(call({ DPoP: thief }));
    return { kind: tokens.token_type, asked, told, opened, bearer, stolen };
  },

  // A person at a public client: the code, its tokens and their refreshing are bound to one key.
  async person({ as, client, redirectUri, username, password }) {
    const DPoP = oauth.DPoP(client, await oauth.generateKeyPair("ES256"));
    const verifier = oauth.generateRandomCodeVerifier();
    const address = new URL(as.authorization_endpoint);
    address.search = new URLSearchParams({
      client_id: client.client_id,
      response_type: "code",
      redirect_uri: redirectUri,
      scope: "openid email",
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      dpop_jkt: await DPoP.calculateThumbprint(),
    });
    const back = await signInAtHostedPage(address, redirectUri, username, password);
    const parameters = oauth.validateAuthResponse(as, client, back, oauth.expectNoState);
    const { answer: tokens } = await withNonce(async () => {
      const response = await oauth.authorizationCodeGrantRequest(
        as, client, oauth.None(), parameters, redirectUri, verifier, { ...insecure, DPoP },
      );
      return await oauth.processAuthorizationCodeResponse(as, client, response);
    });
    const { sub } = payload(tokens.id_token);
    const userInfo = await oauth.processUserInfoResponse(
      as, client, sub,
      await oauth.userInfoRequest(as, client, tokens.access_token, { ...insecure, DPoP }),
    );
    const refresh = async (options) =>
      await oauth.processRefreshTokenResponse(
        as, client,
        await oauth.refreshTokenGrantRequest(
          as, client, oauth.None(), tokens.refresh_token, { ...insecure, ...options },
        ),
      );
    const { answer: refreshed } = await withNonce(() => refresh({ DPoP }));
    return {
      kind: tokens.token_type,
      bound: payload(tokens.access_token).cnf.jkt === (await DPoP.calculateThumbprint()),
      email: userInfo.email,
      refreshed: refreshed.token_type,
      unbound: await refusal(refresh({})),
    };
  },
};

await run(async ({ issuer, clientId, jwk, algorithm, action, ...rest }) => {
  const url = new URL(issuer);
  const found = await oauth.discoveryRequest(url, { ...insecure, algorithm: "oauth2" });
  const as = await oauth.processDiscoveryResponse(url, found);
  const client = { client_id: clientId };
  const authentication = jwk && oauth.PrivateKeyJwt({
    key: await crypto.subtle.importKey("jwk", jwk, algorithm, false, ["sign"]),
    kid: jwk.kid,
  });
  return await actions[action]({ as, client, authentication, ...rest });
});
