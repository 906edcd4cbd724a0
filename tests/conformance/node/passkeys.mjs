// A browser's navigator.credentials for Node, over one passkey that is made of software
// (WebAuthn §6.1, §6.5; attestation "none", ES256).

import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";

const sha256 = (value) => createHash("sha256").update(value).digest();
const buffer = (bytes) => Uint8Array.from(bytes).buffer;
const ascii = (text) => Buffer.from(text, "latin1");

class PublicKeyCredential {
  constructor(id, response) {
    const rawId = buffer(id);
    Object.assign(this, { id: id.toString("base64url"), rawId, type: "public-key", response });
    this.authenticatorAttachment = "platform";
  }

  getClientExtensionResults() {
    return {};
  }
}
class AuthenticatorAttestationResponse {
  getTransports() {
    return ["internal"];
  }

  getPublicKey() {
    return null;
  }

  getPublicKeyAlgorithm() {
    return -7;
  }

  getAuthenticatorData() {
    return this.authenticatorData;
  }
}
class AuthenticatorAssertionResponse {}

// Makes the page `origin` of this process; its passkeys belong to `relyingParty`.
export function useAuthenticator(relyingParty, origin) {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const id = randomBytes(32);
  let handle;
  let counter = 0;

  const clientData = (type, challenge) =>
    Buffer.from(
      JSON.stringify({ type, challenge: Buffer.from(challenge).toString("base64url"), origin }),
    );

  // 0x05: the user is present and verified; 0x40: a new credential follows.
  function authenticatorData(flags) {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(++counter);
    return Buffer.concat([sha256(relyingParty), Buffer.from([flags]), count]);
  }

  function attested() {
    const { x, y } = publicKey.export({ format: "jwk" });
    const key = [
      Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]),
      Buffer.from(x, "base64url"),
      Buffer.from([0x22, 0x58, 0x20]),
      Buffer.from(y, "base64url"),
    ];
    return Buffer.concat([Buffer.alloc(16), Buffer.from([0, id.length]), id, ...key]);
  }

  async function create({ publicKey: options }) {
    handle = Buffer.from(options.user.id);
    const data = Buffer.concat([authenticatorData(0x45), attested()]);
    const head = "\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58";
    const response = Object.assign(new AuthenticatorAttestationResponse(), {
      clientDataJSON: buffer(clientData("webauthn.create", options.challenge)),
      attestationObject: buffer(Buffer.concat([ascii(head), Buffer.from([data.length]), data])),
      authenticatorData: buffer(data),
    });
    return new PublicKeyCredential(id, response);
  }

  async function get({ publicKey: options }) {
    const client = clientData("webauthn.get", options.challenge);
    const data = authenticatorData(0x05);
    const signature = sign("sha256", Buffer.concat([data, sha256(client)]), privateKey);
    const response = Object.assign(new AuthenticatorAssertionResponse(), {
      clientDataJSON: buffer(client),
      authenticatorData: buffer(data),
      signature: buffer(signature),
      userHandle: buffer(handle),
    });
    return new PublicKeyCredential(id, response);
  }

  const kinds = {
    PublicKeyCredential,
    AuthenticatorAttestationResponse,
    AuthenticatorAssertionResponse,
  };
  Object.assign(globalThis, kinds);
  globalThis.window = { document: {}, isSecureContext: true, ...kinds };
  const navigator = { userAgent: "node", credentials: { create, get } };
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
}
