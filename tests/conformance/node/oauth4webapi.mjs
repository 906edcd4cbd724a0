// oauth4webapi: clients that authenticate with a key, tokens that are bound to one, pushed requests,
// devices.

import { setTimeout as pause } from "node:timers/promises";

import * as oauth from "oauth4webapi";

import { decideOnDevice, signInAtHostedPage } from "./hosted-page.mjs";
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

// Asks until the person has decided, as RFC 8628 section 3.5 says to.
async function poll({ as, client, deviceCode, options }) {
  for (let pending = 0; ; pending += 1) {
    try {
      const response = await oauth.deviceCodeGrantRequest(
        as, client, oauth.None(), deviceCode, options,
      );
      const tokens = await oauth.processDeviceCodeResponse(as, client, response);
      return { tokens, pending };
    } catch (error) {
      if (error.error !== "authorization_pending") return { refused: error.error, pending };
      await pause(1000);
    }
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

  // PAR: the browser carries a reference alone, and the code is bound to the key of the push.
  async pushed({ as, client, redirectUri, username, password }) {
    const DPoP = oauth.DPoP(client, await oauth.generateKeyPair("ES256"));
    const verifier = oauth.generateRandomCodeVerifier();
    const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
    const parameters = {
      response_type: "code",
      redirect_uri: redirectUri,
      scope: "openid email",
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    };
    const push = async (given, options) =>
      await oauth.processPushedAuthorizationResponse(
        as, client,
        await oauth.pushedAuthorizationRequest(
          as, client, oauth.None(), given, { ...insecure, ...options },
        ),
      );
    const { answer: pushed } = await withNonce(() => push(parameters, { DPoP }));
    const address = new URL(as.authorization_endpoint);
    address.search = new URLSearchParams({
      client_id: client.client_id,
      request_uri: pushed.request_uri,
    });
    const back = await signInAtHostedPage(address, redirectUri, username, password);
    const found = oauth.validateAuthResponse(as, client, back, state);
    const redeem = async (options) =>
      await oauth.processAuthorizationCodeResponse(
        as, client,
        await oauth.authorizationCodeGrantRequest(
          as, client, oauth.None(), found, redirectUri, verifier, { ...insecure, ...options },
        ),
        { expectedNonce: nonce },
      );
    const thief = oauth.DPoP(client, await oauth.generateKeyPair("ES256"));
    const stolen = await refusal(withNonce(() => redeem({ DPoP: thief })));
    const { answer: tokens } = await withNonce(() => redeem({ DPoP }));
    return {
      sent: [...address.searchParams.keys()],
      lifetime: pushed.expires_in,
      kind: tokens.token_type,
      email: payload(tokens.id_token).email,
      stolen,
      elsewhere: await refusal(push({ ...parameters, redirect_uri: "https://evil.example/" })),
      again: await refusal(signInAtHostedPage(address, redirectUri, username, password)),
    };
  },

  // A device asks once before the person has decided, and goes on asking while he does.
  async device({ as, client, username, password, decision }) {
    const parameters = { scope: "openid email" };
    const response = await oauth.deviceAuthorizationRequest(
      as, client, oauth.None(), parameters, insecure,
    );
    const device = await oauth.processDeviceAuthorizationResponse(as, client, response);
    const polling = poll({ as, client, deviceCode: device.device_code, options: insecure });
    const page = await decideOnDevice(
      device.verification_uri_complete, username, password, decision,
    );
    const { tokens, refused, pending } = await polling;
    const spent = await poll({ as, client, deviceCode: device.device_code, options: insecure });
    return {
      page,
      pending,
      refused: refused ?? null,
      email: tokens ? payload(tokens.id_token).email : null,
      spent: spent.refused,
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
