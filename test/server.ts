import { METHODS } from 'node:http'
import t from 'tap'
import { startGateAt } from './support/gate.ts'
import { fieldOf, fieldsOf, sendRaw } from './support/raw.ts'
import { startRogueProvider } from './support/rogue-provider.ts'
import { startUpstream } from './support/upstream.ts'

const upstream = await startUpstream(t)
const rogue = await startRogueProvider(t)
const at = `http://127.0.0.1:${upstream.port}`
const { gate, browser } = await startGateAt(t, {
  provider: rogue,
  settings: { identity: { headers: { 'X-Who': '{identity.user}' }, assertion: { header: 'X-Proof' } } },
  routes: [
    { name: 'app', path: '/', upstream: at, public: true, headers: { set: { 'X-Team': '{identity.groups}' } } },
    { name: 'closed', path: '/closed', upstream: at, allow: [{ authenticated: true }] },
  ],
})
const ask = (line: string, ...lines: string[]) =>
  sendRaw(
    gate.port,
    [`${line} HTTP/1.1`, `Host: localhost:${gate.port}`, 'Connection: close', ...lines, '', ''].join('\r\n'),
  )
const accesses = () => gate.lines.filter(({ msg }) => msg === 'access')

t.test('nobody reaches a room by its inside address: to strangers these are paths like any other', async t => {
  for (const path of [
    '/own/login',
    '/own/me',
    '/route',
    '/route/',
    '/refused',
    '/own',
    '/:x',
    '/*',
    '/own/callback?code=x',
  ]) {
    t.equal((await ask(`GET ${path}`)).status, 200, path)
    t.equal(upstream.requests.at(-1)?.target, path)
  }
})

t.test('every method that Node knows goes to the route, but for two', async t => {
  for (const method of METHODS.filter(method => !['CONNECT', 'TRACE'].includes(method))) {
    t.equal((await ask(`${method} /m`)).status, 200, method)
    t.equal(upstream.requests.at(-1)?.method, method)
  }
  for (const line of ['TRACE /m', `CONNECT localhost:${gate.port}`]) t.equal((await ask(line)).status, 405, line)
})

t.test('every request leaves one access line, wherever it ended', async t => {
  for (const [line, expected] of [
    ['GET /x', { route: 'app', decision: 'forward', reason: 'public', status: 200, path: '/x' }],
    ['GET /closed', { route: 'closed', decision: 'login', reason: 'no-session', status: 401 }],
    ['GET /_sallyport/me', { route: '(own)', status: 401, path: '/_sallyport/me' }],
    ['GET /_sallyport/nothing', { route: '(own)', status: 404 }],
    ['GET /x/../y', { route: '(none)', status: 400, refused: 'target-ambiguous' }],
  ] as const) {
    const before = accesses().length
    const answer = await ask(line)
    t.equal(accesses().length, before + 1, line)
    t.match(accesses().at(-1), { ...expected, ms: Number, peer: '127.0.0.1', request: String })
    if (answer.status >= 400) t.match(answer.body, accesses().at(-1)?.request, 'the answer quotes it')
  }
})

t.test('every name that this configuration writes is taken from the client first, in every spelling', async t => {
  const forged = [
    'X-Who: root',
    'x_who: root',
    'X-TEAM: root',
    'X-Proof: root',
    'X.Proof: root',
    'X-Forwarded-User: root',
  ]
  await ask('GET /x', ...forged, 'X-Mine: kept')
  const { head = '', headers = [] } = upstream.requests.at(-1) ?? {}
  t.notMatch(head, 'root')
  t.equal(fieldOf(headers, 'x-mine'), 'kept')

  await browser.visit('/closed')
  const cookie = browser.cookies('/') ?? ''
  await ask('GET /x', ...forged, `Cookie: ${cookie}`)
  const seen = upstream.requests.at(-1)?.headers ?? []
  t.same(fieldsOf(seen, 'x-who'), ['ann'])
  t.same(fieldsOf(seen, 'x-team'), ['sre,staff'])
  t.match(fieldsOf(seen, 'x-proof'), [/^eyJ/])
  t.equal(fieldOf(seen, 'x-forwarded-user'), undefined, 'which nobody writes here')
})

t.test('a room that cannot answer says so in our words', async t => {
  await gate.reload({ providers: [{ name: 'corp', issuer: 'http://127.0.0.1:9', clientId: 'x', timeout: '1s' }] })
  const page = await browser.get('/_sallyport/login')
  t.equal(page.status, 503)
  t.match(page.headers['retry-after'], /^\d+$/)
  t.notMatch(page.body, /127\.0\.0\.1|ECONN/)
  const line = gate.lines.findLast(({ msg }) => msg === 'request failed')
  t.match(line?.error, 'provider-unavailable')
  t.match(page.body, line?.request)
})
