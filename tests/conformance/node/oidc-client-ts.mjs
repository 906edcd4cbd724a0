// oidc-client-ts without a browser: the code flow with PKCE, answered in the query or the fragment.

import { InMemoryWebStorage, OidcClient, WebStorageStateStore } from "oidc-client-ts";

import { signInAtHostedPage } from "./hosted-page.mjs";
import { run } from "./scenario.mjs";

await run(async ({ issuer, clientId, redirectUri, mode, username, password }) => {
  const relyingParty = new OidcClient({
    authority: issuer,
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: "openid email",
    response_mode: mode,
    loadUserInfo: true,
    stateStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
  });
  const request = await relyingParty.createSigninRequest({ nonce: "n-0S6_WzA2Mj" });
  const back = await signInAtHostedPage(request.url, redirectUri, username, password);
  const answer = await relyingParty.processSigninResponse(back.href);
  return { profile: answer.profile, hash: back.hash, search: back.search };
});
