// Authorization code with PKCE (RFC 7636) in a page without a server. Tokens stay in memory.
"use strict";

const { client, api } = document.body.dataset;
const callback = `${location.origin}/demo/signed-in`;
const show = (id, text) => {
  const element = document.getElementById(id);
  element.textContent = text;
  element.hidden = false;
};
let tokens = null;

const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

async function signIn() {
  const verifier = random();
  const state = random();
  sessionStorage.setItem("verifier", verifier);
  sessionStorage.setItem("state", state);
  const challenge = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  location.assign(`/oauth2/authorize?${new URLSearchParams({
    response_type: "code",
    client_id: client,
    redirect_uri: callback,
    scope: "openid email profile",
    state,
    code_challenge: base64url(challenge),
    code_challenge_method: "S256",
  })}`);
}

async function redeem(parameters) {
  const expected = sessionStorage.getItem("state");
  const verifier = sessionStorage.getItem("verifier");
  sessionStorage.clear();
  history.replaceState(null, "", "/demo");
  if (!expected || parameters.get("state") !== expected) {
    show("status", "The answer does not belong to this page. Sign in again.");
    return;
  }
  if (parameters.has("error")) {
    show("status", `Sign-in failed: ${parameters.get("error")}`);
    return;
  }
  const response = await fetch("/oauth2/token", {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: client,
      redirect_uri: callback,
      code: parameters.get("code"),
      code_verifier: verifier,
    }),
  });
  const answer = await response.json();
  if (!response.ok) {
    show("status", `Sign-in failed: ${answer.error}`);
    return;
  }
  tokens = answer;
  const user = await fetch("/oauth2/userInfo", {
    headers: { Authorization: `Bearer ${tokens.access_token}` },
  });
  show("status", `You are signed in as ${(await user.json()).email}.`);
  document.getElementById("sign-in").hidden = true;
  document.getElementById("sign-out").hidden = false;
}

async function callApi() {
  const headers = tokens ? { Authorization: `Bearer ${tokens.access_token}` } : {};
  const response = await fetch(api, { headers });
  show("answer", `${response.status} ${response.statusText}\n${await response.text()}`);
}

function signOut() {
  location.assign(`/logout?${new URLSearchParams({
    client_id: client,
    logout_uri: `${location.origin}/demo`,
  })}`);
}

document.getElementById("sign-in").addEventListener("click", signIn);
document.getElementById("call").addEventListener("click", callApi);
document.getElementById("sign-out").addEventListener("click", signOut);
if (location.pathname === "/demo/signed-in") {
  redeem(new URLSearchParams(location.search));
}
