// Amplify v6: what an application does with it, by `action`.

import { readFileSync } from "node:fs";

import { Amplify } from "aws-amplify";
import {
  associateWebAuthnCredential,
  autoSignIn,
  confirmSignIn,
  confirmSignUp,
  deleteWebAuthnCredential,
  fetchAuthSession,
  fetchDevices,
  forgetDevice,
  fetchMFAPreference,
  fetchUserAttributes,
  getCurrentUser,
  listWebAuthnCredentials,
  rememberDevice,
  setUpTOTP,
  signIn,
  signOut,
  signUp,
  updateMFAPreference,
  verifyTOTPSetup,
} from "aws-amplify/auth";

import { code as codeOf } from "./authenticator.mjs";
import { useAuthenticator } from "./passkeys.mjs";
import { codeOf as codeSent, refusal, run } from "./scenario.mjs";

function tokens(session) {
  return { access: session.tokens.accessToken.payload, id: session.tokens.idToken.payload };
}

// A custom sign-in: gives `answers` one after the other, and notes what was asked.
async function signInByAnswers(username, password, answers, steps) {
  const authFlowType = password ? "CUSTOM_WITH_SRP" : "CUSTOM_WITHOUT_SRP";
  let last = await signIn({ username, password, options: { authFlowType } });
  for (const challengeResponse of answers) {
    steps.push([last.nextStep.signInStep, last.nextStep.additionalInfo?.question]);
    const options = { clientMetadata: { page: "node" } };
    last = await confirmSignIn({ challengeResponse, options });
  }
  return last;
}

const actions = {
  async custom({ email, password, answers }) {
    const steps = [];
    const done = await signInByAnswers(email, password, answers, steps);
    return { steps, done, tokens: tokens(await fetchAuthSession()) };
  },

  async refuseCustom({ email, password, answers }) {
    const steps = [];
    return { ...(await refusal(signInByAnswers(email, password, answers, steps))), steps };
  },

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

  // A device that Amplify confirms, that is remembered by command, and that proves itself.
  async devices({ email, password }) {
    // A browser's: Amplify names the device by it, and confirms none that has no name.
    globalThis.navigator ??= { userAgent: "Mozilla/5.0 (X11; Linux x86_64)" };
    await signIn({ username: email, password });
    await rememberDevice();
    const first = tokens(await fetchAuthSession());
    await signOut();
    await signIn({ username: email, password });
    const second = tokens(await fetchAuthSession());
    const renewed = tokens(await fetchAuthSession({ forceRefresh: true }));
    const listed = (await fetchDevices()).map((one) => one.id);
    await forgetDevice();
    return { first, second, renewed, listed, after: await refusal(fetchDevices()) };
  },

  // Sets an authenticator up at the first sign-in, and uses it at the second.
  async totp({ email, password }) {
    const steps = [];
    const setUp = await signIn({ username: email, password });
    steps.push(setUp.nextStep.signInStep);
    const secret = setUp.nextStep.totpSetupDetails.sharedSecret;
    await confirmSignIn({ challengeResponse: codeOf(secret) });
    const preference = await fetchMFAPreference();
    await updateMFAPreference({ totp: "PREFERRED" });
    await signOut();
    const again = await signIn({ username: email, password });
    steps.push(again.nextStep.signInStep);
    const wrong = await refusal(confirmSignIn({ challengeResponse: "000000" }));
    const done = await confirmSignIn({ challengeResponse: codeOf(secret, 1) });
    return { steps, preference, wrong, done };
  },

  // An authenticator beside SMS, a choice between them, and the code of a text message.
  async choose({ email, password, outbox, phone }) {
    const steps = [];
    const note = (answer) => (steps.push(answer.nextStep.signInStep), answer);
    await signIn({ username: email, password });
    const { sharedSecret } = await setUpTOTP();
    await verifyTOTPSetup({ code: codeOf(sharedSecret) });
    await updateMFAPreference({ sms: "ENABLED", totp: "ENABLED" });
    await signOut();
    const { nextStep } = note(await signIn({ username: email, password }));
    note(await confirmSignIn({ challengeResponse: "SMS" }));
    note(await confirmSignIn({ challengeResponse: await codeSent(outbox, phone, 1) }));
    return { steps, allowed: nextStep.allowedMFATypes };
  },

  // Each refresh replaces the refresh token, which Amplify keeps in its storage.
  async rotate({ email, password }) {
    await signIn({ username: email, password });
    const seen = [tokens(await fetchAuthSession())];
    for (let turn = 0; turn < 3; turn++) {
      seen.push(tokens(await fetchAuthSession({ forceRefresh: true })));
    }
    await signOut();
    return { seen };
  },

  // A password that is sent as it is: the one way in with a hash that was imported. Then by SRP.
  async imported({ email, password }) {
    const options = { authFlowType: "USER_PASSWORD_AUTH" };
    await signIn({ username: email, password, options });
    const first = tokens(await fetchAuthSession());
    await signOut();
    await signIn({ username: email, password });
    return { first, second: tokens(await fetchAuthSession()) };
  },

  // A passkey from its registration over a sign-in by it to its deletion.
  async passkey({ email, password, relyingParty, origin }) {
    useAuthenticator(relyingParty, origin);
    const options = { authFlowType: "USER_AUTH" };
    const byPassword = { ...options, preferredChallenge: "PASSWORD_SRP" };
    await signIn({ username: email, password, options: byPassword });
    await associateWebAuthnCredential();
    await signOut();
    const byPasskey = { ...options, preferredChallenge: "WEB_AUTHN" };
    const preferred = await signIn({ username: email, options: byPasskey });
    await signOut();
    const first = await signIn({ username: email, options });
    const done = await confirmSignIn({ challengeResponse: "WEB_AUTHN" });
    const { credentials } = await listWebAuthnCredentials();
    await deleteWebAuthnCredential({ credentialId: credentials[0].credentialId });
    const left = (await listWebAuthnCredentials()).credentials.length;
    return { preferred, first, done, credentials, left, tokens: tokens(await fetchAuthSession()) };
  },

  // Chooses e-mail as the second factor at the first sign-in, and gets its code from the outbox.
  async emailSetUp({ username, password, email, outbox }) {
    const steps = [];
    const note = (answer) => steps.push(answer.nextStep.signInStep);
    note(await signIn({ username, password }));
    note(await confirmSignIn({ challengeResponse: "EMAIL" }));
    note(await confirmSignIn({ challengeResponse: email }));
    const sent = readFileSync(outbox, "utf8").trim().split("\n").map((line) => JSON.parse(line));
    const { code } = sent.findLast(({ to }) => to === email);
    note(await confirmSignIn({ challengeResponse: code }));
    return { steps, attributes: await fetchUserAttributes() };
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
    const code = await codeSent(outbox, email, 2);
    const done = await confirmSignIn({ challengeResponse: code });
    return { asked, done, tokens: tokens(await fetchAuthSession()) };
  },

  // Without a password at all: the Session of the confirmation signs in.
  async signUpAndIn({ email, outbox }) {
    const options = { userAttributes: { email }, autoSignIn: { authFlowType: "USER_AUTH" } };
    const made = await signUp({ username: email, options });
    const confirmationCode = await codeSent(outbox, email, 1);
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
