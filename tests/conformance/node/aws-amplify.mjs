// Amplify v6: what an application does with it, by `action`.

import { Amplify } from "aws-amplify";
import {
  autoSignIn,
  confirmSignIn,
  confirmSignUp,
  fetchAuthSession,
  fetchUserAttributes,
  getCurrentUser,
  signIn,
  signOut,
  signUp,
} from "aws-amplify/auth";

import { codeOf, refusal, run } from "./scenario.mjs";

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

  // Choice-based sign-in: choose among what is available, and give the password for it.
  async select({ email, answer, password }) {
    const options = { authFlowType: "USER_AUTH" };
    const first = await signIn({ username: email, options });
    const second = await confirmSignIn({ challengeResponse: answer });
    const done = await confirmSignIn({ challengeResponse: password });
    return { first, second, done, tokens: tokens(await fetchAuthSession()) };
  },

  async prefer({ email, preferredChallenge, password }) {
    const options = { authFlowType: "USER_AUTH", preferredChallenge };
    const answer = await signIn({ username: email, password, options });
    return { answer, tokens: tokens(await fetchAuthSession()) };
  },

  // `outbox` is the file that holds what was sent.
  async oneTimePassword({ email, outbox }) {
    const options = { authFlowType: "USER_AUTH", preferredChallenge: "EMAIL_OTP" };
    const asked = await signIn({ username: email, options });
    const code = await codeOf(outbox, email, 2);
    const done = await confirmSignIn({ challengeResponse: code });
    return { asked, done, tokens: tokens(await fetchAuthSession()) };
  },

  // Without a password at all: the Session of the confirmation signs in.
  async signUpAndIn({ email, outbox }) {
    const options = { userAttributes: { email }, autoSignIn: { authFlowType: "USER_AUTH" } };
    const made = await signUp({ username: email, options });
    const confirmationCode = await codeOf(outbox, email, 1);
    const confirmed = await confirmSignUp({ username: email, confirmationCode });
    const done = await autoSignIn();
    return { made, confirmed, done, tokens: tokens(await fetchAuthSession()) };
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
