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

// Sends the form of a page that has a field of that name, with what the person adds to it.
async function submit(visitor, { page, status, url }, name, values, redirectUri) {
  const form = page?.match(/<form[^>]*>[\s\S]*?<\/form>/g)?.find((one) => one.includes(`name="${name}"`));
  if (!form) throw new Error(`no form with ${name} at ${url} (${status}): ${page?.slice(0, 500)}`);
  const fields = new URLSearchParams();
  for (const tag of form.match(/<input[^>]*>/g)) {
    fields.set(attribute(tag, "name"), attribute(tag, "value") ?? "");
  }
  for (const [key, value] of Object.entries(values)) fields.set(key, value);
  const target = new URL(attribute(form.match(/<form[^>]*>/)[0], "action") ?? "", url);
  // Browsers send the origin with every form; a fetch in Node does not.
  const headers = { origin: target.origin, referer: url.href };
  return await visitor.open(target, redirectUri, { method: "POST", body: fields, headers });
}

// Signs in and answers the URL that the browser would be sent back to.
export async function signInAtHostedPage(authorizationUrl, redirectUri, username, password) {
  const visitor = new Visitor();
  const page = await visitor.open(new URL(authorizationUrl), redirectUri);
  const sent = await submit(visitor, page, "password", { username, password }, redirectUri);
  if (!sent.back) throw new Error(`not sent back (${sent.status}): ${sent.page.slice(0, 2000)}`);
  return sent.back;
}

// Opens the address that a device shows, signs in and decides; answers the page at the end.
export async function decideOnDevice(verificationUri, username, password, decision) {
  const visitor = new Visitor();
  const page = await visitor.open(new URL(verificationUri), "nowhere:");
  const asked = await submit(visitor, page, "password", { username, password }, "nowhere:");
  return (await submit(visitor, asked, "decision", { decision }, "nowhere:")).page;
}
