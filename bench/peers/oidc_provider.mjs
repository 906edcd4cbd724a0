// oidc-provider: JWT access tokens signed with RS256, in memory; everybody is signed in at once.

import { generateKeyPairSync } from "node:crypto";

import Provider from "oidc-provider";

const { PORT, SECRET, REDIRECT_URI } = process.env;
const issuer = `http://127.0.0.1:${PORT}`;
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const key = { ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid: "bench" };

// Its own store in memory forgets all but the latest thousand entries.
class Store {
  static entries = new Map();
  static grants = new Map();
  static uids = new Map();

  constructor(kind) {
    this.kind = kind;
  }

  async upsert(id, payload) {
    Store.entries.set(this.kind + id, payload);
    if (payload.uid) Store.uids.set(this.kind + payload.uid, id);
    if (payload.grantId) {
      const members = Store.grants.get(payload.grantId) ?? [];
      Store.grants.set(payload.grantId, [...members, this.kind + id]);
    }
  }

  async find(id) {
    return Store.entries.get(this.kind + id);
  }

  async findByUid(uid) {
    return await this.find(Store.uids.get(this.kind + uid));
  }

  async consume(id) {
    Store.entries.get(this.kind + id).consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    Store.entries.delete(this.kind + id);
  }

  async revokeByGrantId(grantId) {
    for (const member of Store.grants.get(grantId) ?? []) Store.entries.delete(member);
    Store.grants.delete(grantId);
  }
}

const provider = new Provider(issuer, {
  adapter: Store,
  clients: [
    {
      client_id: "machine",
      client_secret: SECRET,
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
    },
    {
      client_id: "page",
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code", "refresh_token"],
      redirect_uris: [REDIRECT_URI],
      response_types: ["code"],
    },
  ],
  jwks: { keys: [key] },
  cookies: { keys: [SECRET] },
  ttl: { AuthorizationCode: 600 },
  findAccount: (context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  interactions: { url: (context, interaction) => `/interaction/${interaction.uid}` },
  loadExistingGrant: async (context) => {
    const grant = new context.oidc.provider.Grant({
      clientId: context.oidc.client.clientId,
      accountId: context.oidc.session.accountId,
    });
    grant.addOIDCScope("openid");
    grant.addResourceScope("urn:api", "read");
    await grant.save();
    return grant;
  },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: "read",
        audience: "api",
        accessTokenFormat: "jwt",
        jwt: { sign: { alg: "RS256" } },
      }),
    },
  },
});

provider.use(async (context, next) => {
  if (!context.path.startsWith("/interaction/")) return await next();
  const login = { accountId: "person", remember: true };
  await provider.interactionFinished(context.req, context.res, { login });
  context.respond = false;
});

provider.listen(Number(PORT), "127.0.0.1");
