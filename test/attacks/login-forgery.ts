// C, login: a login belongs to the browser that began it, ends once, and nobody else begins, bends or ends one for it.
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import type { Browser } from '../support/browser.ts'
import { answersAtOnce, openDoor, wish } from '../support/oidc.ts'
import { refuses } from '../support/rogue-faults.ts'
import { startRogueGate } from '../support/rogue-gate.ts'
import { sourceFiles } from '../support/source.ts'

const canary = 'what only people who are signed in may read'
const { gate, rogue, upstream, newBrowser } = await startRogueGate(t, {
  answer: ({ socket }) => void socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${canary.length}\r\n\r\n${canary}`),
})

/** Begins a login and lets the provider answer it; the answer is not carried back yet. */
async function answered(browser: Browser): Promise<URL> {
  const { location } = await browser.get('/_sallyport/login')
  return answersAtOnce(new URL(location ?? ''))
}

const signedIn = async (): Promise<Browser> => {
  const browser = newBrowser()
  await browser.visit('/')
  return browser
}

const changed = (text: string) =>
  fc
    .tuple(fc.nat(text.length - 1), fc.constantFrom('', 'A', 'b', '0', '_', '.', '%'), fc.constantFrom(0, 1))
    .map(([at, put, over]) => text.slice(0, at) + put + text.slice(at + over))
    .filter(other => other !== text)

t.test(
  'a state or a login cookie with anything changed in it is refused, and no code is spent (C-01, C-05, C-10)',
  async t => {
    const browser = newBrowser()
    const callback = await answered(browser)
    const state = callback.searchParams.get('state') ?? ''
    const cookie = browser.cookies('/') ?? ''
    const before = rogue.calls.token
    const property = fc.asyncProperty(
      fc.oneof(
        changed(state).map(other => [other, cookie] as const),
        changed(cookie).map(other => [state, other] as const),
      ),
      async ([state, cookie]) => {
        const url = new URL(callback)
        url.searchParams.set('state', state)
        const page = await newBrowser().get(url.href, { headers: { cookie } })
        return page.status === 400 && page.setCookies.every(line => line.includes('Max-Age=0'))
      },
    )
    await fc.assert(property, { numRuns: 150 })
    t.equal(rogue.calls.token, before)
    t.equal((await browser.get(callback.href)).status, 303, 'while the right one still works')
  },
)

t.test('a code that is carried into another login signs nobody in, in this browser or another (C-09)', async t => {
  const [victim, attacker] = [newBrowser(), newBrowser()]
  const code = (await answered(victim)).searchParams.get('code') ?? ''
  for (const browser of [attacker, victim]) {
    const other = await answered(browser)
    other.searchParams.set('code', code)
    const page = await browser.get(other.href)
    t.equal(page.status, 502, 'the verifier is that of another login')
    t.equal((await browser.fetch('/')).status, 401)
  }
})

t.test('states, nonces and verifiers are random in every bit, and come from nowhere else (C-15)', async t => {
  const door = openDoor(t, rogue)
  const pending = await Promise.all(Array.from({ length: 1500 }, async () => (await door.begin(wish())).pending))
  for (const name of ['state', 'nonce', 'codeVerifier'] as const) {
    const texts = pending.map(login => Buffer.from(login[name], 'base64url'))
    t.equal(new Set(texts.map(String)).size, texts.length, name)
    for (let bit = 0; bit < 256; bit++) {
      const set = texts.filter(bytes => ((bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1).length
      if (Math.abs(set / texts.length - 0.5) > 0.1) t.fail(`bit ${bit} of ${name} is set in ${set} of ${texts.length}`)
    }
  }
  const guessing = sourceFiles().filter(file => /Math\.random/.test(readFileSync(file, 'utf8')))
  t.same(guessing, [], 'Math.random is nowhere')
})

t.test('nothing is ended by a POST that comes from anywhere else, by exact comparison (C-17)', async t => {
  const browser = await signedIn()
  const { origin } = gate
  const elsewhere: readonly Record<string, string>[] = [
    ...['https://evil.test', 'null', '', `${origin}.evil.test`, `${origin}/`, origin.toUpperCase()].map(value => ({
      origin: value,
    })),
    ...[origin.replace('http:', 'https:'), origin.replace(/:\d+$/, ''), origin.replace('localhost', '127.0.0.1')].map(
      value => ({ origin: value }),
    ),
    { origin: 'https://evil.test', referer: `${origin}/` },
    { origin: `${origin}, https://evil.test` },
    ...['cross-site', 'same-site', 'none', 'same-origin, cross-site', 'SAME-ORIGIN'].flatMap(site => [
      { 'sec-fetch-site': site },
      { 'sec-fetch-site': site, origin },
    ]),
  ]
  for (const path of ['/_sallyport/logout', '/_sallyport/sessions/end?which=all'])
    for (const headers of elsewhere) {
      const answer = await browser.get(path, { method: 'POST', headers })
      t.equal(answer.status, 403, `${path} with ${JSON.stringify(headers)}`)
      t.same(answer.setCookies, [])
    }
  t.equal((await browser.fetch('/')).status, 200, 'still signed in')
})

t.test('another site that begins a login, or breaks one off, takes nobody’s session away (C-18)', async t => {
  const browser = await signedIn()
  const before = browser.cookies('/')
  const foreign = { 'sec-fetch-site': 'cross-site', referer: 'https://evil.test/' }
  for (const path of ['/_sallyport/login', `/_sallyport/start?iss=${encodeURIComponent(rogue.issuer)}`]) {
    const { status, location } = await browser.get(path, { headers: foreign })
    t.equal(status, 302, path)
    t.ok(location?.startsWith(rogue.issuer))
  }
  await browser.get('/_sallyport/callback?error=access_denied&state=unknown', { headers: foreign })
  rogue.misbehave(refuses('access_denied'))
  t.equal((await browser.get((await answered(browser)).href)).status, 403)
  rogue.behave()
  t.ok(browser.cookies('/')?.includes(before ?? '?'), 'the session cookie is the one it was')
  t.equal((await browser.fetch('/')).status, 200)
})

t.test(
  'an error that comes back is a page of ours, whatever stands in it, and no way round in circles (C-19)',
  async t => {
    const evil = `"><script>alert(1)</script>`
    const browser = await signedIn()
    const callback = await answered(browser)
    callback.searchParams.delete('code')
    for (const name of ['error', 'error_description', 'error_uri', 'iss_hint']) callback.searchParams.set(name, evil)
    const calls = { ...rogue.calls }
    const page = await browser.get(callback.href)
    t.match(page, { status: 403, location: undefined, headers: { 'content-type': /^text\/html/ } })
    t.match(page.headers['content-security-policy'], "default-src 'none'")
    t.notMatch(page.body, /<script|alert\(1\)/)
    t.same(rogue.calls, calls, 'the provider was not asked again')
    t.equal((await browser.fetch('/')).status, 200, 'and whoever was signed in still is')
    t.equal((await newBrowser().get(callback.href)).status, 400, 'without its login it is nothing at all')
  },
)

t.test('no answer of ours makes a browser send a body on (C-22)', async t => {
  const signed = await signedIn()
  for (const path of [
    '/',
    '/admin/x',
    '/_sallyport/login',
    '/_sallyport/logout',
    '/_sallyport/start',
    '/_sallyport/me',
  ])
    for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'])
      for (const browser of [newBrowser(), signed]) {
        if (browser === signed && path.startsWith('/_sallyport/logout')) continue
        const { status } = await browser.get(path, { method, body: 'password=4711', headers: { origin: gate.origin } })
        t.notOk(status === 307 || status === 308, `${method} ${path} is answered with ${status}`)
      }
})

t.test('whoever is refused reads our words and not a byte of the application (C-23)', async t => {
  const before = upstream.requests.length
  for (const path of ['/', '/admin/x', '/report.css'])
    for (const method of ['GET', 'POST', 'HEAD', 'PROPFIND'])
      for (const accept of ['text/html', 'application/json', '*/*']) {
        const page = await newBrowser().get(path, { method, headers: { accept } })
        t.ok([302, 401].includes(page.status), `${method} ${path}: ${page.status}`)
        t.notMatch(page.body, canary)
      }
  t.equal(upstream.requests.length, before)
})
