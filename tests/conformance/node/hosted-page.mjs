// A person at the hosted page, without a browser: follows redirects, keeps cookies, sends the form.

class Visitor {
  cookies = new Map();

  async fetch(url, options = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { ...options.headers, ...(cookie && { cookie }) };
    const answer = await fetch(url, { ...options, headers, redirect: "manual" });
    for (const line of answer.headers.getSetCookie()) {
      const [name, ...value] = line.split(";")[0].split("=");
      this.cookies.set(name.trim(), value.join("="));
    }
    return answer;
  }

  // Follows redirects until a page, or until the address to come back to, which is not fetched.
  async open(url, redirectUri, options) {
    let answer = await this.fetch(url, options);
    while (answer.status >= 300 && answer.status < 400) {
      url = new URL(answer.headers.get("location"), url);
      if (url.href.startsWith(redirectUri)) return { back: url };
      answer = await this.fetch(url);
    }
    return { page: await answer.text(), status: answer.status, url };
  }
}

function unescape(text) {
  const named = { amp: "&", lt: "<", gt: ">", quot: '"', "#34": '"', "#39": "'" };
  return text.replace(/&(amp|lt|gt|quot|#34|#39);/g, (_, name) => named[name]);
}

function attribute(tag, name) {
  const found = tag.match(new RegExp(`\\b${name}="([^"]*)"`));
  return found && unescape(found[1]);
}

// The fields of a form as a browser would send them, and where to.
function read(form, url) {
  const fields = new URLSearchParams();
  for (const tag of form.match(/<input[^>]*>/g)) {
    fields.set(attribute(tag, "name"), attribute(tag, "value") ?? "");
  }
  return { fields, target: new URL(attribute(form.match(/<form[^>]*>/)[0], "action") ?? "", url) };
}

// Signs in and answers what comes then: the URL to go back to, or a page.
async function signIn(visitor, authorizationUrl, redirectUri, username, password) {
  const { page, status, url } = await visitor.open(new URL(authorizationUrl), redirectUri);
  const form = page?.match(/<form[^>]*>[\s\S]*?<\/form>/g)?.find((one) => one.includes("password"));
  if (!form) throw new Error(`no sign-in form at ${url} (${status}): ${page?.slice(0, 500)}`);
  const { fields, target } = read(form, url);
  fields.set("username", username);
  fields.set("password", password);
  return await send(visitor, redirectUri, url, target, fields);
}

// Browsers send the origin with every form; a fetch in Node does not.
async function send(visitor, redirectUri, url, target, body) {
  const headers = { origin: target.origin, referer: url.href };
  return await visitor.open(target, redirectUri, { method: "POST", body, headers });
}

// Signs in and answers the URL that the browser would be sent back to.
export async function signInAtHostedPage(authorizationUrl, redirectUri, username, password) {
  const sent = await signIn(new Visitor(), authorizationUrl, redirectUri, username, password);
  if (!sent.back) throw new Error(`not sent back (${sent.status}): ${sent.page.slice(0, 2000)}`);
  return sent.back;
}

// The same for a client that people must allow first.
export async function signInAndAllow(authorizationUrl, redirectUri, username, password) {
  const visitor = new Visitor();
  const { page, url } = await signIn(visitor, authorizationUrl, redirectUri, username, password);
  const { fields, target } = read(page.match(/<form[^>]*>[\s\S]*?<\/form>/)[0], url);
  fields.set("decision", "allow");
  return (await send(visitor, redirectUri, url, target, fields)).back;
}

// Signs in and answers the request that the browser would send with response_mode=form_post.
export async function signInByForm(authorizationUrl, redirectUri, username, password) {
  const sent = await signIn(new Visitor(), authorizationUrl, redirectUri, username, password);
  const { fields, target } = read(sent.page, sent.url);
  if (target.href !== redirectUri) throw new Error(`a form for ${target}`);
  return new Request(target, { method: "POST", body: fields });
}

// Opens the address that a device shows, signs in and decides; answers the page at the end.
export async function decideOnDevice(verificationUri, username, password, decision) {
  const visitor = new Visitor();
  const { page, url } = await signIn(visitor, verificationUri, "nowhere:", username, password);
  const { fields, target } = read(page.match(/<form[^>]*>[\s\S]*?<\/form>/)[0], url);
  fields.set("decision", decision);
  return (await send(visitor, "nowhere:", url, target, fields)).page;
}
