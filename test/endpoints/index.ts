import t from 'tap'
import { startGateAt } from '../support/gate.ts'
import { fieldOf, sendRaw } from '../support/raw.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'
import { startUpstream } from '../support/upstream.ts'

const upstream = await startUpstream(t)
const rogue = await startRogueProvider(t)
const { gate, browser } = await startGateAt(t, {
  provider: rogue,
  routes: [{ path: '/', upstream: `http://127.0.0.1:${upstream.port}`, public: true, allowInPath: ['semicolon'] }],
})
const ask = (line: string, more = '') =>
  sendRaw(gate.port, `${line} HTTP/1.1\r\nHost: localhost:${gate.port}\r\nConnection: close\r\n${more}\r\n`)

t.test('what we do not have under the prefix is our 404, however it is spelled (B-07)', async t => {
  for (const path of [
    ...['/_sallyport', '/_sallyport/', '/_sallyport/x', '/%5Fsallyport/x', '/_sallypor%74/x', '/_sallyport?x'],
    ...['/_sallyport/login/', '/_sallyport/login/x', '/_sallyport/LOGIN', '/_sallyport/*', '/_sallyport/:x'],
    ...[
      '/_sallyport/own/login',
      '/_sallyport/route',
      '/_sallyport/refused',
      '/_sallyport/jwks',
      '/_sallyport/__proto__',
    ],
  ]) {
    const answer = await ask(`GET ${path}`)
    t.match(answer, { status: 404, body: /"code":"not-found"/ }, path)
  }
  t.equal(upstream.requests.length, 0)
})

t.test('what a backend could take for the prefix, and we could not, is refused (B-07)', async t => {
  for (const path of [
    ...['/_SALLYPORT/x', '/_Sallyport/login', '//_sallyport/login', '/./_sallyport/login', '/x/../_sallyport/login'],
    ...[
      '/_sallyport%2Flogin',
      '/_sallyport%5Clogin',
      '/_sallyport;x/login',
      '/_sallyport/login;x',
      '/_sallyport//login',
    ],
    ...['/%255Fsallyport/login', '/_sallyport/login%3Fx', '/_sallyport%20/login'],
  ]) {
    const answer = await ask(`GET ${path}`)
    t.match(answer, { status: 400, body: /"code":"target-/ }, path)
  }
  t.equal(upstream.requests.length, 0)
})

t.test('what only looks like the prefix is an upstream’s', async t => {
  for (const path of ['/_sallyports/login', '/x/_sallyport/login', '/_sallyport-login', '/?/_sallyport/login'])
    t.equal((await ask(`GET ${path}`)).status, 200, path)
  t.equal(upstream.requests.length, 4)
})

t.test('an endpoint knows its methods; in any other way there is nothing at its address', async t => {
  for (const [method, paths] of [
    ['POST', ['login', 'signed-out', 'me', 'jwks.json']],
    ['PUT', ['login', 'callback', 'logout', 'me']],
    ['DELETE', ['me', 'logout']],
    ['OPTIONS', ['login', 'me']],
    ['PROPFIND', ['me']],
  ] as const)
    for (const path of paths) t.equal((await ask(`${method} /_sallyport/${path}`)).status, 404, `${method} ${path}`)
  t.equal((await ask('TRACE /_sallyport/me')).status, 405)
})

t.test('HEAD is GET without the body', async t => {
  for (const path of ['login', 'logout', 'signed-out', 'me', 'jwks.json', 'nothing']) {
    const [head, get] = [await ask(`HEAD /_sallyport/${path}`), await ask(`GET /_sallyport/${path}`)]
    t.equal(head.status, get.status, path)
    t.equal(fieldOf(head.headers, 'content-type'), fieldOf(get.headers, 'content-type'))
    t.equal(head.body, '')
  }
})

t.test('a body that comes along is not read, whatever it is, and ends the connection', async t => {
  for (const more of ['Content-Type: application/json', 'Content-Type: garbage', 'X: 1']) {
    const answer = await ask('POST /_sallyport/logout', `${more}\r\nContent-Length: 1000000\r\n`)
    t.match(answer, { status: 303, closed: true }, more)
  }
  const form = await browser.post('/_sallyport/logout', 'return_to=//evil.test')
  t.notMatch(form.location, 'evil')
})

t.test('our answers are never kept, whatever they are (lesson 9, B-05)', async t => {
  for (const path of ['login', 'callback', 'logout', 'signed-out', 'me', 'nothing'])
    t.equal((await browser.get(`/_sallyport/${path}`)).headers['cache-control'], 'no-store', path)
})

t.test('a public route over everything leaves our own endpoints ours, and logins go on (lesson 101)', async t => {
  const seen = upstream.requests.length
  const page = await browser.visit('/_sallyport/login?return_to=/page')
  t.match(page, { status: 200, url: `${gate.origin}/page` })
  t.same(
    upstream.requests.slice(seen).map(({ target }) => target),
    ['/page'],
    'the callback was never an upstream’s',
  )
})

t.test('another prefix is another place: the old one is an upstream’s then', async t => {
  await gate.reload({ server: { listen: `127.0.0.1:${gate.port}`, publicUrl: gate.origin, prefix: '/oauth2' } })
  t.equal((await ask('GET /oauth2/me')).status, 401)
  t.equal((await ask('GET /_sallyport/me')).status, 200)
  const login = await browser.get('/oauth2/login')
  t.equal(new URL(login.location ?? '').searchParams.get('redirect_uri'), `${gate.origin}/oauth2/callback`)
})
