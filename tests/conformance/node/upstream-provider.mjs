// npm's oidc-provider as identity providers, dressed as the social ones where asked.
// INPUT: a list of {flavour, port, redirectUri, logoutUri, clientId, clientSecret, publicKey, teamId, keyId}
import { createHmac } from 'node:crypto'
import { Provider } from 'oidc-provider'
import { importSPKI, jwtVerify } from 'jose'

const ADA = {
  sub: 'ada-1',
  email: 'ada@upstream.example',
  email_verified: true,
  name: 'Ada Lovelace',
  given_name: 'Ada',
}
const ROUTES = {
  OIDC: {},
  Google: { authorization: '/o/oauth2/v2/auth', token: '/oauth2/v4/token' },
  Facebook: { authorization: '/v17.0/dialog/oauth' },
  LoginWithAmazon: { authorization: '/ap/oa', token: '/auth/o2/token' },
  SignInWithApple: { authorization: '/auth/authorize', token: '/auth/token' },
}
const SCOPES = ['openid', 'email', 'profile', 'name', 'public_profile', 'postal_code']

function serve(input) {
  const issuer = `http://127.0.0.1:${input.port}`
  const HAS_NONCE_AND_ID_TOKEN = ['OIDC', 'Google', 'SignInWithApple'].includes(input.flavour)

  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: input.clientId,
        client_secret: input.clientSecret,
        redirect_uris: [input.redirectUri],
        token_endpoint_auth_method: 'client_secret_post',
        response_types: ['code'],
        grant_types: ['authorization_code'],
        ...(input.logoutUri && {
          backchannel_logout_uri: input.logoutUri,
          backchannel_logout_session_required: true,
        }),
      },
    ],
    features: { backchannelLogout: { enabled: true } },
    // Poolgate is at a loopback address, which the provider would not tell of a sign-out.
    fetch: (url, { dispatcher: _guarded, ...options }) => fetch(url, options),
    routes: ROUTES[input.flavour],
    scopes: SCOPES,
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'given_name'] },
    conformIdTokenClaims: false,
    pkce: { required: () => HAS_NONCE_AND_ID_TOKEN },
    cookies: { keys: ['cookies-of-the-tests'] },
    findAccount: async (_ctx, id) => ({ accountId: id, claims: async () => ({ ...ADA, sub: id }) }),
    renderError: async (ctx, out) => { ctx.body = out },
  })
  provider.on('server_error', (_ctx, error) => console.error(error))

  async function person(ctx) {
    const bearer = (ctx.get('authorization') || '').replace(/^Bearer /, '')
    const found = bearer && (await provider.AccessToken.find(bearer))
    if (!found) ctx.throw(401)
    return { bearer, id: found.accountId }
  }

  async function body(ctx) {
    const chunks = []
    for await (const chunk of ctx.req) chunks.push(chunk)
    return Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()))
  }

  // The provider's own token endpoint, asked as its client would.
  async function redeem(form) {
    const answer = await fetch(`${issuer}/token-inside`, {
      method: 'POST',
      body: new URLSearchParams({ ...form, client_id: input.clientId, client_secret: input.clientSecret }),
    })
    return { status: answer.status, body: await answer.json() }
  }

  const DRESSES = {
    async Google(ctx, next) {
      if (ctx.path !== '/v1/people/me') return next()
      await person(ctx)
      const known = { birthdays: [{ date: { year: 1815, month: 12, day: 10 } }], genders: [{ value: 'female' }] }
      const asked = String(ctx.query.personFields).split(',')
      ctx.body = Object.fromEntries(asked.filter((name) => name in known).map((name) => [name, known[name]]))
    },
    async Facebook(ctx, next) {
      // Facebook separates scopes by commas.
      if (ctx.path === ROUTES.Facebook.authorization && ctx.query.scope) {
        ctx.query = { ...ctx.query, scope: ctx.query.scope.replaceAll(',', ' ') }
      }
      if (ctx.path === '/v17.0/oauth/access_token' && ctx.method === 'GET') {
        if (ctx.query.client_secret !== input.clientSecret) ctx.throw(400)
        const { status, body } = await redeem({
          grant_type: 'authorization_code', code: ctx.query.code, redirect_uri: ctx.query.redirect_uri,
        })
        ctx.status = status
        ctx.body = { access_token: body.access_token, token_type: 'bearer', expires_in: body.expires_in }
        return undefined
      }
      if (ctx.path !== '/v17.0/me') return next()
      const { bearer, id } = await person(ctx)
      const proof = createHmac('sha256', input.clientSecret).update(bearer).digest('hex')
      if (ctx.query.appsecret_proof !== proof) ctx.throw(400)
      const known = { id, email: ADA.email, name: ADA.name }
      ctx.body = Object.fromEntries(String(ctx.query.fields).split(',').filter((f) => f in known).map((f) => [f, known[f]]))
      return undefined
    },
    async LoginWithAmazon(ctx, next) {
      if (ctx.path !== '/user/profile') return next()
      const { id } = await person(ctx)
      ctx.body = { user_id: `amzn1.account.${id}`, email: ADA.email, name: ADA.name, postal_code: '98101' }
      return undefined
    },
    async SignInWithApple(ctx, next) {
      // Apple gives an ID token without being asked for openid.
      if (ctx.path === ROUTES.SignInWithApple.authorization && ctx.query.scope) {
        ctx.query = { ...ctx.query, scope: `openid ${ctx.query.scope}` }
      }
      if (ctx.path !== '/auth/token') return next()
      const form = await body(ctx)
      const key = await importSPKI(input.publicKey, 'ES256')
      const { protectedHeader } = await jwtVerify(form.client_secret, key, {
        issuer: input.teamId, audience: issuer, subject: form.client_id, maxTokenAge: '10m',
      })
      if (protectedHeader.kid !== input.keyId || form.client_id !== input.clientId) ctx.throw(400)
      const { client_secret: _made, client_id: _id, ...rest } = form
      const answer = await redeem(rest)
      ctx.status = answer.status
      ctx.body = answer.body
      return undefined
    },
  }

  const INSIDE = { ...ROUTES[input.flavour] }
  provider.use(async (ctx, next) => {
    if (ctx.path === '/token-inside') ctx.path = INSIDE.token ?? '/token'
    else if (DRESSES[input.flavour]) return DRESSES[input.flavour](ctx, next)
    return next()
  })
  return new Promise((listening) => provider.listen(input.port, '127.0.0.1', listening))
}

await Promise.all(JSON.parse(process.env.INPUT).map(serve))
console.log('ready')
