// amazon-cognito-identity-js: what a page does with it, by `action`.

import { promisify } from "node:util";

import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserAttribute,
  CognitoUserPool,
} from "amazon-cognito-identity-js";

import { code as codeOf } from "./authenticator.mjs";
import { codeOf as codeSent, payload, refusal, run } from "./scenario.mjs";

function tokens(session) {
  return {
    access: payload(session.getAccessToken().getJwtToken()),
    id: payload(session.getIdToken().getJwtToken()),
  };
}

function signIn(user, password) {
  const details = new AuthenticationDetails({ Username: user.getUsername(), Password: password });
  return new Promise((resolve, reject) => {
    user.authenticateUser(details, {
      onSuccess: resolve,
      onFailure: reject,
      newPasswordRequired: (attributes, required) => {
        reject(Object.assign(new Error("new password"), { code: "newPasswordRequired", required }));
      },
    });
  });
}

function command(user, name) {
  return new Promise((resolve, reject) => {
    user[name]({ onSuccess: resolve, onFailure: reject });
  });
}

// A sign-in whose second factor is asked for, or set up first: `answer(name)` gives each code.
function signInWithCode(user, password, seen, answer, choice = "SOFTWARE_TOKEN_MFA") {
  const details = new AuthenticationDetails({ Username: user.getUsername(), Password: password });
  return new Promise((resolve, reject) => {
    const callbacks = {
      onSuccess: resolve,
      onFailure: reject,
      mfaRequired: async (name) => {
        seen.push(name);
        user.sendMFACode(await answer(name), callbacks, name);
      },
      totpRequired: (name) => {
        seen.push(name);
        user.sendMFACode(answer(name), callbacks, name);
      },
      mfaSetup: (name) => {
        seen.push(name);
        user.associateSoftwareToken(callbacks);
      },
      associateSecretCode: (secret) => {
        user.verifySoftwareToken(answer("secret", secret), "node", callbacks);
      },
      selectMFAType: (name) => {
        seen.push(name);
        user.sendMFASelectionAnswer(choice, callbacks);
      },
    };
    user.authenticateUser(details, callbacks);
  });
}

// A custom sign-in, with the password first or without it: gives `answers` one after the other.
function signInByAnswers(user, password, answers, seen) {
  const details = new AuthenticationDetails({ Username: user.getUsername(), Password: password });
  const left = [...answers];
  return new Promise((resolve, reject) => {
    const callbacks = {
      onSuccess: resolve,
      onFailure: reject,
      customChallenge: (parameters) => {
        seen.push(parameters.question);
        user.sendCustomChallengeAnswer(left.shift(), callbacks, { page: "node" });
      },
      totpRequired: (name) => {
        seen.push(name);
        user.sendMFACode(left.shift(), callbacks, name);
      },
    };
    if (password) {
      user.setAuthenticationFlowType("CUSTOM_AUTH");
      user.authenticateUser(details, callbacks);
    } else {
      user.initiateAuth(details, callbacks);
    }
  });
}

const actions = {
  async custom({ user, password, answers }) {
    const seen = [];
    return { ...tokens(await signInByAnswers(user, password, answers, seen)), seen };
  },

  async refuseCustom({ user, password, answers }) {
    const seen = [];
    return { ...(await refusal(signInByAnswers(user, password, answers, seen))), seen };
  },

  // Sets an authenticator up at the first sign-in, and uses it at the second.
  async totp({ user, password }) {
    const seen = [];
    let secret;
    await signInWithCode(user, password, seen, (_, made) => codeOf((secret = made)));
    const session = await signInWithCode(user, password, seen, () => codeOf(secret, 1));
    const data = await promisify(user.getUserData.bind(user))();
    return { seen, ...tokens(session), factors: data.UserMFASettingList };
  },

  // An authenticator by access token, then a choice between it and SMS.
  async select({ user, password, choice, outbox, phone }) {
    await signIn(user, password);
    const secret = await new Promise((resolve, reject) => {
      user.associateSoftwareToken({ associateSecretCode: resolve, onFailure: reject });
    });
    await new Promise((resolve, reject) => {
      const callbacks = { onSuccess: resolve, onFailure: reject };
      user.verifySoftwareToken(codeOf(secret), "node", callbacks);
    });
    const on = { PreferredMfa: false, Enabled: true };
    await promisify(user.setUserMfaPreference.bind(user))(on, on);
    const seen = [];
    const answer = (name) =>
      name === "SMS_MFA" ? codeSent(outbox, phone, 1) : codeOf(secret, 1);
    return { ...tokens(await signInWithCode(user, password, seen, answer, choice)), seen };
  },

  async wrongCode({ user, password }) {
    return await refusal(signInWithCode(user, password, [], () => "000000"));
  },

  async signUp({ pool, email, password }) {
    const attributes = [new CognitoUserAttribute({ Name: "email", Value: email })];
    const made = await promisify(pool.signUp.bind(pool))(email, password, attributes, null);
    return { sub: made.userSub, confirmed: made.userConfirmed };
  },

  async confirm({ user, code }) {
    return { answer: await promisify(user.confirmRegistration.bind(user))(code, true) };
  },

  async signIn({ user, password }) {
    return tokens(await signIn(user, password));
  },

  async refuse({ user, password }) {
    return await refusal(signIn(user, password));
  },

  async refresh({ user, password }) {
    const first = await signIn(user, password);
    const again = await promisify(user.refreshSession.bind(user))(first.getRefreshToken());
    return { first: tokens(first), again: tokens(again) };
  },

  // REFRESH_TOKEN_AUTH is all that the client has, which hands out no new refresh token.
  async refreshRefused({ user, password }) {
    const first = await signIn(user, password);
    const refresh = promisify(user.refreshSession.bind(user));
    return { first: tokens(first), refused: await refusal(refresh(first.getRefreshToken())) };
  },

  // A password that is sent as it is: the one way in with a hash that was imported. Then by SRP.
  async imported({ user, password }) {
    user.setAuthenticationFlowType("USER_PASSWORD_AUTH");
    const first = await signIn(user, password);
    user.setAuthenticationFlowType("USER_SRP_AUTH");
    return { first: tokens(first), second: tokens(await signIn(user, password)) };
  },

  // What the client does with its device by itself, over two sign-ins, and then by command.
  async devices({ user, pool, password }) {
    const first = await signIn(user, password);
    const key = user.deviceKey;
    const again = new CognitoUser({ Username: user.getUsername(), Pool: pool });
    const second = await signIn(again, password);
    const found = await command(again, "getDevice");
    const renewed = await promisify(again.refreshSession.bind(again))(second.getRefreshToken());
    const listed = await new Promise((resolve, reject) => {
      again.listDevices(10, null, { onSuccess: resolve, onFailure: reject });
    });
    await command(again, "setDeviceStatusNotRemembered");
    const unproved = new CognitoUser({ Username: user.getUsername(), Pool: pool });
    const third = await signIn(unproved, password);
    await command(unproved, "setDeviceStatusRemembered");
    return {
      key,
      first: tokens(first),
      second: tokens(second),
      third: tokens(third),
      renewed: tokens(renewed),
      found: found.Device,
      listed: listed.Devices.map((one) => one.DeviceKey),
    };
  },

  // A device that an administrator has forgotten: the client is told, and goes on as a new one.
  async forgottenDevice({ user, pool, password }) {
    await signIn(user, password);
    const key = user.deviceKey;
    await command(user, "forgetDevice");
    // As if another had forgotten it: the client still believes in its key.
    const again = new CognitoUser({ Username: user.getUsername(), Pool: pool });
    Object.assign(again, { deviceKey: key, randomPassword: "x", deviceGroupKey: "-x" });
    const second = await signIn(again, password);
    return { key, second: tokens(second), newKey: again.deviceKey };
  },

  // A new password after the first sign-in, then the old one refused and the new one taken.
  async changePassword({ user, password, newPassword }) {
    await signIn(user, password);
    await promisify(user.changePassword.bind(user))(password, newPassword);
    return {
      old: await refusal(signIn(user, password)),
      ...tokens(await signIn(user, newPassword)),
    };
  },

  async attributes({ user, password }) {
    await signIn(user, password);
    const attributes = await promisify(user.getUserAttributes.bind(user))();
    return Object.fromEntries(attributes.map((one) => [one.getName(), one.getValue()]));
  },

  async forgotPassword({ user }) {
    return new Promise((resolve, reject) => {
      user.forgotPassword({ onSuccess: resolve, onFailure: reject });
    });
  },

  async confirmPassword({ user, code, newPassword }) {
    await new Promise((resolve, reject) => {
      user.confirmPassword(code, newPassword, { onSuccess: resolve, onFailure: reject });
    });
    return tokens(await signIn(user, newPassword));
  },

  async globalSignOut({ user, password }) {
    const session = await signIn(user, password);
    await new Promise((resolve, reject) => {
      user.globalSignOut({ onSuccess: resolve, onFailure: reject });
    });
    const refresh = promisify(user.refreshSession.bind(user));
    return { refresh: await refusal(refresh(session.getRefreshToken())) };
  },
};

await run(async ({ endpoint, poolId, clientId, action, email, ...rest }) => {
  const pool = new CognitoUserPool({ UserPoolId: poolId, ClientId: clientId, endpoint });
  const user = new CognitoUser({ Username: email, Pool: pool });
  return await actions[action]({ pool, user, email, ...rest });
});
