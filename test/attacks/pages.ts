// B, pages: what browsers make of our own pages; nothing that anybody wrote is markup there, nobody frames or keeps them, and no upstream can pose as them.
import t, { type Test } from 'tap'
import type { Browser, Page } from '../support/browser.ts'
import { freePort } from '../support/gate.ts'
import { claims, type Fields } from '../support/rogue-faults.ts'
import { startRogueGate } from '../support/rogue-gate.ts'

const evil = `"'></pre></title></script><script>alert(4711)</script><svg onload=alert(4711)>&lt;`

const { gate, rogue, upstream, newBrowser } = await startRogueGate(t, {
  provider: { userinfo: 'never' },
  routes: [
    { name: 'sre', path: '/sre', allow: [{ groups: ['sre'] }] },
    { name: 'down', path: '/down', public: true, upstream: `http://127.0.0.1:${await freePort()}` },
    { name: 'all', path: '/', allow: [{ authenticated: true }] },
  ],
})

async function signedInAs(who: Fields, browser: Browser = newBrowser()): Promise<Browser> {
  rogue.behave()
  rogue.misbehave(claims(who))
  await browser.visit('/')
  rogue.behave()
  return browser
}

function isHarmless(t: Test, { body, headers }: Page, what: string): void {
  t.notMatch(body, /<script|<\/pre|<svg onload|"'>/i, what)
  t.match(headers, { 'x-content-type-options': 'nosniff' }, what)
  if (!headers['content-type']?.startsWith('text/html')) return
  t.match(headers['content-security-policy'], /^default-src 'none'/, what)
  t.match(headers['content-security-policy'], "frame-ancestors 'none'", what)
}

t.test('a person of any name is shown on pages, and is no markup there (B-01, Z-18)', async t => {
  const browser = await signedInAs({ preferred_username: evil, name: evil, email: evil, groups: [evil] })
  const forbidden = await browser.get('/sre')
  t.equal(forbidden.status, 403)
  for (const [what, page] of Object.entries({
    forbidden,
    sessions: await browser.get('/_sallyport/sessions', { headers: { 'user-agent': evil } }),
    logout: await browser.get('/_sallyport/logout'),
  })) {
    t.match(page.headers['content-type'], 'text/html', what)
    isHarmless(t, page, what)
  }
})

t.test('what is told about a person as data is data (B-02)', async t => {
  const browser = await signedInAs({ preferred_username: evil, name: evil, email: evil, groups: [evil] })
  for (const path of ['/_sallyport/me', '/_sallyport/sessions'])
    for (const accept of ['application/json', '*/*']) {
      const { status, headers, body } = await browser.fetch(path, { headers: { accept } })
      t.equal(status, 200)
      t.match(headers, {
        'content-type': /^application\/json/,
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
      })
      t.ok(JSON.parse(body))
    }
  const navigation = await browser.get('/_sallyport/me')
  t.match(navigation.headers['content-type'], 'application/json', 'also for somebody who goes there')
})

t.test('no parameter of any page of ours is written onto it (B-01)', async t => {
  const names = [
    'error',
    'error_description',
    'state',
    'code',
    'iss',
    'return_to',
    'rd',
    'provider',
    'which',
    'then',
    'poll',
    'session_state',
  ]
  const query = names.map(name => `${name}=${encodeURIComponent(evil)}`).join('&')
  for (const browser of [newBrowser(), await signedInAs({ preferred_username: 'ann' })])
    for (const path of [
      'callback',
      'login',
      'logout',
      'signed-out',
      'start',
      'sessions',
      'me',
      'frontchannel-logout',
      'nothing',
      '',
    ])
      for (const method of ['GET', 'POST']) {
        const page = await browser.get(`/_sallyport/${path}?${query}`, { method, headers: { origin: gate.origin } })
        if (page.body !== '') isHarmless(t, page, `${method} ${path}: ${page.status}`)
      }
})

t.test('an error page repeats neither path nor host (B-03)', async t => {
  for (const path of [
    '/down/<script>',
    '/down/%3Cscript%3Ealert(4711)%3C/script%3E',
    `/down?${encodeURIComponent(evil)}`,
    '/sre/%3Csvg%3E',
  ])
    isHarmless(t, await newBrowser().get(encodeURI(path)), path)
  const page = await newBrowser().get('/down/4711-in-the-path?4711-in-the-query')
  t.equal(page.status, 502)
  t.notMatch(page.body, '4711')
})

t.test('no answer of ours is kept by anybody (B-05)', async t => {
  const browser = await signedInAs({ preferred_username: 'ann' })
  const login = await newBrowser().get('/_sallyport/login')
  const pages = {
    'the way to the login': await newBrowser().get('/app.css'),
    'a program without a session': await newBrowser().fetch('/app.css'),
    'who may not': await browser.get('/sre'),
    'the login': login,
    'a callback': await newBrowser().get('/_sallyport/callback?code=x&state=y'),
    'who am I': await browser.get('/_sallyport/me'),
    'the sessions': await browser.get('/_sallyport/sessions'),
    'an upstream that is down': await browser.get('/down'),
    nothing: await browser.get('/_sallyport/nothing.css'),
    'what is refused': await browser.get('/%252e'),
    'the logout': await browser.post('/_sallyport/logout', ''),
    'the way out': await browser.get('/_sallyport/signed-out'),
  }
  for (const [what, { headers, status }] of Object.entries(pages))
    t.equal(headers['cache-control'], 'no-store', `${what} (${status})`)
})

t.test('what an upstream leaves to caches is nobody else’s, where it asks who is there (B-05)', async t => {
  const browser = await signedInAs({ preferred_username: 'ann' })
  for (const path of ['/account.css', '/account/x.css', '/account'])
    t.equal((await browser.fetch(path)).headers['cache-control'], 'private', path)
})

t.test(
  'no page of ours can be framed, and no upstream answers under our prefix, however it is spelled (B-06, B-07)',
  async t => {
    const browser = await signedInAs({ preferred_username: 'ann' })
    for (const path of ['sessions', 'logout', 'signed-out', 'nothing'])
      t.match(
        (await browser.get(`/_sallyport/${path}`)).headers['content-security-policy'],
        "frame-ancestors 'none'",
        path,
      )
    const before = upstream.requests.length
    for (const path of [
      ...[
        '/_sallyport',
        '/_sallyport/',
        '/_sallyport/sw.js',
        '/_SALLYPORT/sw.js',
        '/_Sallyport/login',
        '/%5fsallyport/sw.js',
      ],
      ...[
        '/%5Fsallyport/sw.js',
        '/x/../_sallyport/sw.js',
        '/_sallyport%2fsw.js',
        '/_sallyport;x/sw.js',
        '/_sallyport./sw.js',
      ],
      ...[
        '/_sallyport%00/sw.js',
        '/_sallyport\\sw.js',
        '/_sallyport%20/sw.js',
        '/./_sallyport/sw.js',
        '/_sallyp%6frt/sw.js',
      ],
    ]) {
      const { status } = await browser.fetch(path)
      t.ok([303, 400, 404].includes(status), `${path}: ${status}`)
    }
    t.equal(upstream.requests.length, before)
  },
)
