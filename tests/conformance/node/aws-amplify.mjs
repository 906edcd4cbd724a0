// Amplify v6: what an application does with it, by `action`.

import { Amplify } from "aws-amplify";
import {
  confirmSignUp,
  fetchAuthSession,
  fetchUserAttributes,
  getCurrentUser,
  signIn,
  signOut,
  signUp,
} from "aws-amplify/auth";

import { refusal, run } from "./scenario.mjs";

function tokens(session) {
  return { access: session.tokens.accessToken.payload, id: session.tokens.idToken.payload };
}

const actions = {
  async signUp({ email, password }) {
    const options = { userAttributes: { email } };
    return await signUp({ username: email, password, options });
  },

  async confirm({ email, code }) {
    return await confirmSignUp({ username: email, confirmationCode: code });
  },

  // SRP, then a refresh (GetTokensFromRefreshToken), then a sign-out (RevokeToken).
  async session({ email, password }) {
    const answer = await signIn({ username: email, password });
    const first = tokens(await fetchAuthSession());
    const again = tokens(await fetchAuthSession({ forceRefresh: true }));
    const user = await getCurrentUser();
    const attributes = await fetchUserAttributes();
    await signOut();
    return { answer, first, again, user, attributes, after: await refusal(getCurrentUser()) };
  },

  async refuse({ email, password }) {
    return await refusal(signIn({ username: email, password }));
  },
};

await run(async ({ endpoint, poolId, clientId, action, ...rest }) => {
  Amplify.configure({
    Auth: {
      Cognito: {
        userPoolId: poolId,
        userPoolClientId: clientId,
        userPoolEndpoint: endpoint,
        loginWith: { email: true },
      },
    },
  });
  return await actions[action](rest);
});
