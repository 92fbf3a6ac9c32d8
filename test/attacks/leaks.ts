// L, leaks: secrets stay where they belong; a whole day of traffic, good and bad, at the chattiest log level, and then the search for what should be nowhere.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { websocketFields } from '../support/attack.ts'
import { freePort } from '../support/gate.ts'
import { openRaw } from '../support/raw.ts'
import { type Behaviour, failing, refuses, tokens } from '../support/rogue-faults.ts'
import { startRogueGate } from '../support/rogue-gate.ts'
import { says } from '../support/upstream.ts'

const [secret = '', key = ''] = [0, 1].map(() => randomBytes(32).toString('base64url'))
let aheadMs = 0
const { gate, rogue, upstream, newBrowser } = await startRogueGate(t, {
  provider: { userinfo: 'always', timeout: '2s' },
  routes: [
    { name: 'public', path: '/public', public: true },
    { name: 'sre', path: '/sre', allow: [{ groups: ['nobody'] }] },
    { name: 'down', path: '/down', public: true, upstream: `http://127.0.0.1:${await freePort()}` },
    { name: 'all', path: '/', allow: [{ authenticated: true }] },
  ],
  settings: {
    session: { secrets: [secret] },
    admin: { listen: '127.0.0.1:0', key },
    log: { level: 'trace', subject: true },
  },
  // An echo would tell a visitor his own secrets.
  answer: says('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'),
  now: () => Date.now() + aheadMs,
})

const canaries = new Set([secret, key, rogue.client.clientSecret, encodeURIComponent(rogue.client.clientSecret)])
const keep = (...texts: readonly unknown[]) => {
  for (const text of texts) if (typeof text === 'string' && text.length > 8) canaries.add(text)
}

/** Remembers every token that the provider gives out. */
const remembering: Behaviour = {
  tokens(given) {
    keep(given.access_token, given.refresh_token, given.id_token, String(given.id_token).split('.')[2])
    return given
  },
}

const seen: string[] = []
const inQuery = 'canary-in-a-query'

/** One person's day: comes, works, is refused, is refreshed, leaves. What was secret about it is kept. */
async function aDay(...wrongs: readonly Behaviour[]): Promise<void> {
  rogue.behave()
  rogue.misbehave(remembering, ...wrongs)
  const browser = newBrowser()
  const authorization = `Bearer canary-${canaries.size}-of-a-bearer`
  keep(authorization.slice(7))
  const login = await browser.get(`/_sallyport/login?return_to=/x%3Ftoken=${inQuery}`)
  keep(inQuery, ...login.setCookies.map(line => /=([^;]*)/.exec(line)?.[1]))
  for (const name of ['state', 'nonce']) keep(new URL(login.location ?? '').searchParams.get(name))
  const pages = [login, await browser.visit(login.location ?? '')]
  keep(...Array.from(browser.jar.values(), cookies => Array.from(cookies.values())).flat())
  for (const path of [
    `/x?token=${inQuery}`,
    '/sre',
    '/down',
    '/public',
    '/_sallyport/me',
    '/_sallyport/sessions',
    '/%252e',
    '/_sallyport/nothing',
  ])
    for (const method of ['GET', 'POST'])
      pages.push(await browser.get(path, { method, headers: { authorization, origin: gate.origin } }))
  pages.push(await browser.get(`/_sallyport/callback?code=canary-of-a-code&state=canary-of-a-state`))
  keep('canary-of-a-code', 'canary-of-a-state')
  aheadMs += 290_000
  pages.push(await browser.fetch('/x'))
  const { send, answer, socket } = await openRaw(gate.port)
  const cookies = browser.cookies('/')
  const fields = [`Host: localhost:${gate.port}`, ...(cookies ? [`Cookie: ${cookies}`] : []), ...websocketFields]
  send([`GET /x?token=${inQuery} HTTP/1.1`, ...fields, '', ''].join('\r\n'))
  await answer()
  socket.destroy()
  pages.push(await browser.post('/_sallyport/logout', ''))
  for (const params of [rogue.seen.token, rogue.seen.revoke])
    for (const name of ['code', 'code_verifier', 'refresh_token', 'token']) keep(params?.get(name))
  for (const { body, location } of pages) seen.push(body, new URL(location ?? '/', gate.origin).pathname)
}

t.test(
  'no secret of anybody is in the log, in a number, on a page or in a path, whatever went wrong (L-01, L-03, L-02, L-09)',
  async t => {
    await aDay()
    const troubles: readonly Behaviour[] = [
      ...['token', 'userinfo', 'jwks', 'revoke', 'discovery'].map(endpoint =>
        failing(endpoint as 'token', 500, { error: 'x' }),
      ),
      failing('token', 400, { error: 'invalid_grant', error_description: 'canary-of-a-description' }),
      tokens({ id_token: 'a.canary-of-a-token.b', access_token: 'canary-of-an-access-token' }),
      refuses('canary-of-an-error'),
    ]
    keep('canary-of-a-description', 'canary-of-a-token', 'canary-of-an-access-token')
    for (const trouble of troubles) await aDay(trouble)
    rogue.behave()
    keep(rogue.logoutToken())
    await newBrowser().post('/_sallyport/backchannel-logout', `logout_token=${[...canaries].at(-1)}`)

    const numbers = []
    for (const path of [
      '/metrics',
      '/readyz',
      '/healthz',
      '/livez',
      '/ready',
      '/health',
      '/sessions',
      '/config',
      '/debug',
    ])
      for (const authorization of ['', `Bearer ${key}`])
        numbers.push(
          await (await fetch(`http://127.0.0.1:${gate.adminPort}${path}`, { headers: { authorization } })).text(),
        )
    t.ok(gate.lines.length > 200 && canaries.size > 60, `${gate.lines.length} lines, ${canaries.size} secrets`)
    const everything = { log: JSON.stringify(gate.lines), 'the admin listener': numbers.join(), pages: seen.join('\n') }
    for (const [where, text] of Object.entries(everything)) {
      // The way back to a page names its whole address, to whoever asked for it.
      const found = [...canaries].filter(canary => text.includes(canary) && !(where === 'pages' && canary === inQuery))
      t.same(found, [], where)
    }
  },
)

t.test('no upstream reads a cookie of ours (L-07)', async t => {
  t.ok(upstream.requests.length > 20, `${upstream.requests.length} requests`)
  t.same(
    upstream.requests.filter(({ head }) => /sallyport/i.test(/^cookie:.*$/im.exec(head)?.[0] ?? '')),
    [],
  )
})

t.test('the public listener shows nothing of its inside (L-05)', async t => {
  const inside = [
    'debug',
    'debug/pprof',
    'metrics',
    'config',
    'health',
    'readyz',
    'env',
    'status',
    'sessions.json',
    'admin',
  ]
  for (const path of inside) {
    t.equal((await newBrowser().get(`/_sallyport/${path}`)).status, 404, path)
    t.ok([302, 401].includes((await newBrowser().get(`/${path}`)).status), `${path} is an upstream’s`)
  }
  for (const { headers } of [await newBrowser().get('/_sallyport/debug'), await newBrowser().get('/down')])
    t.notMatch(JSON.stringify(headers), /x-powered-by|"server"|sallyport\/|node/i)
})

t.test('an upstream that is down is told in words, without where it is or what happened (L-10)', async t => {
  for (const accept of ['text/html', 'application/json']) {
    const { status, body } = await newBrowser().get('/down', { headers: { accept } })
    t.equal(status, 502)
    t.notMatch(body, /ECONN|127\.0\.0\.1|at .*\.ts|node:/)
  }
})
