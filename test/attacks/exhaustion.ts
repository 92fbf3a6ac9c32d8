// D, exhaustion: what strangers, upstreams and providers may make the gateway do is bounded, and it goes on serving.
import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { buildFort, until, websocketFields } from '../support/attack.ts'
import { openRaw } from '../support/raw.ts'
import type { Behaviour, Endpoint } from '../support/rogue-faults.ts'
import { startRogueGate } from '../support/rogue-gate.ts'

const fort = await buildFort(t)
const { gate, request, strike, scripts } = fort

/** What these take when they are bounded is milliseconds; a machine under load needs room. */
const MOST_MS = 20_000
const MEBIBYTE = 1024 * 1024

async function inAMoment<T>(t: Test, what: string, work: () => Promise<T>): Promise<T> {
  const begun = performance.now()
  const done = await work()
  t.ok(performance.now() - begun < MOST_MS, `${what} takes a moment`)
  return done
}

t.test('names that no resolver would take are refused, wherever they stand (D-09)', async t => {
  for (const name of [
    'xn--iñvalid',
    'xn--\u0378',
    'xn--a',
    'xn--0',
    `xn--${'9'.repeat(200)}`,
    '\u00df.test',
    'a\u0300.test',
  ]) {
    const latin1 = Buffer.from(name).toString('latin1')
    const { statuses } = await strike(`GET /public/x HTTP/1.1\r\nHost: ${latin1}\r\n\r\n`)
    t.ok([400, 421].includes(statuses[0] ?? 0), `Host: ${name}: ${statuses}`)
    const login = await strike(
      request(`GET /_sallyport/login?return_to=${encodeURIComponent(`http://${name}/`)} HTTP/1.1`, 'Accept: text/html'),
    )
    t.same(login.statuses, [302], name)
  }
})

t.test('a form of colliding names, and one of a thousand, is read in a moment (D-10)', async t => {
  const forms = {
    integers: Array.from({ length: 9000 }, (_, at) => `${at * 2 ** 18}=1`).join('&'),
    'one name': 'logout_token=&'.repeat(4600),
    'names of the prototype': '__proto__=1&constructor=2&toString=3&'.repeat(1700),
    escapes: '%2'.repeat(21_000),
    ampersands: '&'.repeat(65_000),
  }
  for (const [what, form] of Object.entries(forms))
    for (const path of ['/_sallyport/backchannel-logout', '/_sallyport/start']) {
      const type = 'Content-Type: application/x-www-form-urlencoded'
      const bytes = request(`POST ${path} HTTP/1.1`, type, `Content-Length: ${form.length}`) + form
      const { statuses } = await inAMoment(t, `${what} at ${path}`, () => strike(bytes))
      t.ok([400, 413].includes(statuses[0] ?? 0), `${what} at ${path}: ${statuses}`)
    }
  const query = Array.from({ length: 1500 }, (_, at) => `${at * 2 ** 18}=`).join('&')
  const { statuses } = await inAMoment(t, 'a query', () =>
    strike(request(`GET /_sallyport/callback?${query} HTTP/1.1`)),
  )
  t.same(statuses, [400])
})

t.test('no path makes the matcher stumble or dawdle (D-22)', async t => {
  for (const unit of [
    '[',
    '(',
    '!',
    '{',
    '*',
    '?',
    '+(',
    '{a,',
    '[!',
    '**/',
    '/*',
    '%5b',
    '%7b',
    '~',
    "'",
    '@(',
    '$',
    '^',
  ])
    for (const path of [`/public/${unit.repeat(8000 / unit.length)}`, `/admin/${unit.repeat(8000 / unit.length)}`]) {
      const { statuses, reached } = await inAMoment(t, path.slice(0, 20), () => strike(request(`GET ${path} HTTP/1.1`)))
      const isAllowed = reached.every(({ target }) => target === path && path.startsWith('/public'))
      t.ok(isAllowed && [200, 400, 401].includes(statuses[0] ?? 0), `${path.slice(0, 20)}: ${statuses}`)
    }
  for (const host of ['evil/app.test', '[', '*', '(a+)+$', `${'a'.repeat(8000)}!`]) {
    const { statuses } = await strike(`GET /public/x HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    t.same(statuses, [400], host.slice(0, 20))
  }
})

t.test('whatever junk comes to the callback is sorted out in a moment, and never unpacked (D-13)', async t => {
  const values = ['A'.repeat(14_000), 'eJz'.repeat(4600), 'H4sI'.repeat(3500), '.'.repeat(14_000), '%00'.repeat(4600)]
  for (const value of values) {
    const cookie = `Cookie: sallyport.${value.slice(0, 22)}=${value.slice(0, 7000)}; sallyport=${value.slice(7000)}`
    const line = `GET /_sallyport/callback?code=x&state=${value.slice(0, 1000)} HTTP/1.1`
    const { statuses } = await inAMoment(t, value.slice(0, 4), () => strike(request(line, cookie)))
    t.same(statuses, [400])
  }
})

t.test('strangers who begin logins leave no session behind (D-25)', async t => {
  const sessions = async () => {
    const text = await (await fetch(`http://127.0.0.1:${gate.adminPort}/metrics`)).text()
    return /^sallyport_sessions (\d+)$/m.exec(text)?.[1]
  }
  const before = await sessions()
  t.ok(before)
  for (let round = 0; round < 300; round++) {
    const login = request(`GET /_sallyport/login?return_to=/${round} HTTP/1.1`, 'Accept: text/html')
    t.same((await strike(login)).statuses, [302])
  }
  t.equal(await sessions(), before)
})

t.test('an upstream that stops amid its answer breaks that answer alone (D-18)', async t => {
  const { browser, upstream } = await startRogueGate(t, {
    routes: [{ public: true, timeouts: { idle: '1s' } }],
    answer: ({ request, socket }) =>
      void socket.write(
        request.target === '/stalls'
          ? 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello'
          : 'HTTP/1.1 204 No Content\r\n\r\n',
      ),
  })
  await t.rejects(browser.get('/stalls'), { code: /ECONNRESET|ABORTED/ })
  t.equal((await browser.get('/')).status, 204)
  await until(() => upstream.open() === 1)
})

/** Zeros for as long as somebody reads them, or what a reader takes for zeros that are packed a thousandfold. */
const endless = (endpoint: Endpoint, coding: string): Behaviour => ({
  answers: {
    [endpoint]: (_: unknown, response: ServerResponse) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': coding })
      const zeros = coding === 'gzip' ? gzipSync(Buffer.alloc(8 * MEBIBYTE)) : Buffer.alloc(MEBIBYTE / 4)
      const more = () => {
        while (!response.destroyed && response.write(zeros));
      }
      response.on('drain', more)
      more()
    },
  },
})

t.test('an endless answer of a provider ends at its limit, packed or not, at every endpoint (D-14)', async t => {
  const before = process.memoryUsage().rss
  for (const endpoint of ['discovery', 'jwks', 'token', 'userinfo', 'revoke'] as const)
    for (const coding of ['identity', 'gzip']) {
      const { browser, gate, rogue } = await startRogueGate(t, { provider: { userinfo: 'always' } })
      rogue.misbehave(endless(endpoint, coding))
      const { status } = await inAMoment(t, endpoint, () => browser.visit('/'))
      const wanted = { revoke: 200, discovery: 503 } as Readonly<Record<string, number>>
      t.equal(status, wanted[endpoint] ?? 502, `${endpoint}, ${coding}`)
      await browser.post('/_sallyport/logout', '')
      await gate.stop()
    }
  t.ok(process.memoryUsage().rss - before < 300 * MEBIBYTE, 'and is not kept')
})

t.test('a flood of junk on many connections leaves the others served', async t => {
  scripts.clear()
  const flood = await Promise.all(Array.from({ length: 200 }, () => openRaw(gate.port)))
  t.teardown(() => {
    for (const { socket } of flood) socket.destroy()
  })
  for (const [at, connection] of flood.entries())
    connection.send(
      ['GET /public', '\r\n\r\n', request('POST /admin HTTP/1.1', 'Content-Length: 9'), '\0'][at % 4] ?? '',
    )
  t.same((await strike(request('GET /public/x HTTP/1.1'))).statuses, [200])
  t.same((await strike(request('GET /public/x HTTP/1.1', ...websocketFields.slice(0, 1)))).statuses, [200])
})
