// A page that signs people in at the hosted page (code and PKCE, RFC 7636) and calls its API.
// configuration.json: authorizationEndpoint, tokenEndpoint, clientId, api.

const configuration = await (await fetch("configuration.json")).json();
const redirectUri = location.origin + location.pathname;

function base64Url(bytes) {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function random() {
  return base64Url(crypto.getRandomValues(new Uint8Array(32)));
}

async function signIn() {
  const verifier = random();
  const state = random();
  sessionStorage.setItem("pending", JSON.stringify({ verifier, state }));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const url = new URL(configuration.authorizationEndpoint);
  url.search = new URLSearchParams({
    response_type: "code",
    client_id: configuration.clientId,
    redirect_uri: redirectUri,
    scope: "openid email",
    state,
    code_challenge: base64Url(digest),
    code_challenge_method: "S256",
  });
  location.assign(url);
}

async function redeem(answer) {
  const { verifier, state } = JSON.parse(sessionStorage.getItem("pending"));
  if (answer.get("state") !== state) throw new Error("the state is not ours");
  const reply = await fetch(configuration.tokenEndpoint, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: configuration.clientId,
      redirect_uri: redirectUri,
      code: answer.get("code"),
      code_verifier: verifier,
    }),
  });
  return await reply.json();
}

function show(id, text) {
  document.getElementById(id).textContent = text;
}

async function callApi(headers) {
  const reply = await fetch(configuration.api, { headers });
  show("answer", `${reply.status} ${await reply.text()}`);
}

document.getElementById("sign-in").addEventListener("click", signIn);
const answer = new URLSearchParams(location.search);
if (answer.has("code")) {
  const tokens = await redeem(answer);
  const claims = JSON.parse(atob(tokens.id_token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
  show("who", claims.email);
  await callApi({ authorization: `Bearer ${tokens.access_token}` });
} else {
  await callApi({});
}
