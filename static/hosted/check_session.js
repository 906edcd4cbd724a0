// OpenID Connect Session Management 1.0 §3.2: answers "CLIENT_ID SESSION_STATE" with "changed" or
// "unchanged". The origin that asks is part of what is compared.
const prefix = `${document.documentElement.dataset.cookie}=`;
const LONGEST = 1024;

function browserState() {
  const found = document.cookie.split("; ").find((each) => each.startsWith(prefix));
  return found === undefined ? "" : found.slice(prefix.length);
}

async function isUnchanged(clientId, sessionState, origin) {
  const salt = sessionState.slice(sessionState.indexOf(".") + 1);
  const text = `${clientId} ${origin} ${browserState()} ${salt}`;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0"));
  return `${hex.join("")}.${salt}` === sessionState;
}

addEventListener("message", async (event) => {
  if (event.source === null || event.origin === "null") return;
  const isText = typeof event.data === "string" && event.data.length <= LONGEST;
  const parts = isText ? event.data.split(" ") : [];
  let answer = "error";
  if (parts.length === 2 && parts.every(Boolean)) {
    answer = (await isUnchanged(...parts, event.origin)) ? "unchanged" : "changed";
  }
  event.source.postMessage(answer, event.origin);
});
