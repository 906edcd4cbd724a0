// Passkeys: the browser is asked for what the page says, and the answer goes into the form.
"use strict";

(() => {
  const form = document.querySelector("form[data-passkey]");
  if (!form || !window.PublicKeyCredential) return;
  const asked = JSON.parse(form.dataset.passkey);
  const makes = "user" in asked;
  const waiting = new AbortController();

  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const known = (list) => list.map((each) => ({ ...each, id: bytes(each.id) }));

  const publicKey = { ...asked, challenge: bytes(asked.challenge) };
  if (makes) {
    publicKey.user = { ...asked.user, id: bytes(asked.user.id) };
    publicKey.excludeCredentials = known(asked.excludeCredentials);
  } else {
    publicKey.allowCredentials = known(asked.allowCredentials);
  }

  const send = (credential) => {
    const { response } = credential;
    const answer = { clientDataJSON: text(response.clientDataJSON) };
    if (makes) {
      answer.attestationObject = text(response.attestationObject);
      answer.transports = response.getTransports ? response.getTransports() : [];
    } else {
      answer.authenticatorData = text(response.authenticatorData);
      answer.signature = text(response.signature);
      if (response.userHandle) answer.userHandle = text(response.userHandle);
    }
    form.elements.credential.value = JSON.stringify({
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      authenticatorAttachment: credential.authenticatorAttachment,
      clientExtensionResults: credential.getClientExtensionResults(),
      response: answer,
    });
    form.submit();
  };

  const failed = () => { form.querySelector("[data-failed]").hidden = false; };

  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    waiting.abort();
    const call = makes ? "create" : "get";
    navigator.credentials[call]({ publicKey }).then(send, failed);
  });

  const available = PublicKeyCredential.isConditionalMediationAvailable;
  if (!makes && document.querySelector("input[autocomplete~=webauthn]") && available) {
    available.call(PublicKeyCredential).then((can) => {
      if (!can || waiting.signal.aborted) return;
      navigator.credentials
        .get({ publicKey, mediation: "conditional", signal: waiting.signal })
        .then(send, () => {});
    });
  }
})();
