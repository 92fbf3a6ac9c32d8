// Floods of requests: logins begun, answers of providers made up, one route asked again and again. They are answered with 429, and store nothing.
import { setTimeout as pause } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { buildFort, type Fort, websocketFields } from '../support/attack.ts'
import type { Settings } from '../support/gate.ts'
import { fieldOf, openRaw } from '../support/raw.ts'
import { inMemory, startRedis, until } from '../support/redis.ts'
import { newSecret, urlOf } from '../support/replicas.ts'
import { missing } from '../support/services.ts'

const skip = missing('redis-server')

const OTHER = '127.0.0.2'

/** The gateway as it is without settings for rates. */
const ordinary = { server: { rateLimits: {} } }

const AT_ONCE = 50

/** How often each status came, when these bytes are sent so often on one connection. */
async function flood(fort: Fort, bytes: string, times: number, localAddress = '127.0.0.1'): Promise<Settings> {
  const connection = await openRaw(fort.gate.port, { localAddress })
  const statuses: Record<string, number> = {}
  for (let n = 0; n < times; n++) {
    if (n % AT_ONCE === 0) connection.send(bytes.repeat(Math.min(AT_ONCE, times - n)))
    const { status = 0 } = (await connection.answer()) ?? {}
    statuses[status] = (statuses[status] ?? 0) + 1
  }
  connection.socket.destroy()
  return statuses
}

const metricsOf = async ({ gate }: Fort): Promise<string> =>
  (await fetch(`http://127.0.0.1:${gate.adminPort}/metrics`)).text()

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

/** The bytes that are still needed after everything else has been collected; what is told of a collection needs another one. */
async function neededBytes(): Promise<number> {
  for (let times = 0; times < 2; times++) {
    await pause(20)
    collect()
  }
  return process.memoryUsage().heapUsed
}

t.test('as it comes, an office may sign in at once, and a flood of logins may not begin', async t => {
  const fort = await buildFort(t, { settings: ordinary })
  const statuses = await flood(fort, fort.request('GET /_sallyport/login HTTP/1.1'), 450)
  t.equal(statuses[302] + statuses[429], 450)
  // In the time that this took, some came back.
  t.ok(statuses[302] >= 300 && statuses[429] > 0, JSON.stringify(statuses))
})

t.test('who begins too many logins is told when to come back, and others still sign in', async t => {
  const rateLimits = { login: { perAddress: '3/h' } }
  const fort = await buildFort(t, { settings: { server: { rateLimits } } })
  const login = fort.request('GET /_sallyport/login HTTP/1.1')
  t.same(await flood(fort, login, 5), { 302: 3, 429: 2 })
  const { answers } = await fort.strike(login)
  t.match(answers[0], { status: 429, body: '"code":"too-many-requests"' })
  const seconds = Number(fieldOf(answers[0]?.headers ?? [], 'retry-after'))
  t.ok(seconds > 600 && seconds <= 1200, `after ${seconds} seconds there is one again`)
  t.equal(fieldOf(answers[0]?.headers ?? [], 'set-cookie'), undefined)
  const { answers: start } = await fort.strike(
    fort.request(`GET /_sallyport/start?iss=${encodeURIComponent(fort.provider.issuer)} HTTP/1.1`),
  )
  t.equal(start[0]?.status, 429, 'the other way to begin a login is counted with it')

  const person = fort.request('GET /_sallyport/login HTTP/1.1', 'Accept: text/html', 'Sec-Fetch-Mode: navigate')
  const page = (await fort.strike(person)).answers[0]
  t.match(page, { status: 429, body: /^<!doctype html>.*then try again\./s })
  t.match(fort.gate.access('/_sallyport/login'), { decision: 'limit', reason: 'address-rate', status: 429 })
  t.match(await metricsOf(fort), 'route="(own)",decision="limit",reason="address-rate",status="4xx"')

  t.equal((await fort.strike(login, { localAddress: OTHER })).statuses[0], 302)
  t.equal((await fort.strike(fort.request('GET /public/x HTTP/1.1'))).statuses[0], 200, 'routes are no logins')
})

t.test('a flood of logins begun stores nothing (D-25)', async t => {
  const fort = await buildFort(t, { settings: { log: { level: 'error' } } })
  const login = fort.request('GET /_sallyport/login?return_to=%2Fx HTTP/1.1')
  // What was stored would be more after every round; what Node keeps of its own is not.
  const rounds: number[] = []
  while (rounds.length < 6 && !(Math.min(...rounds) < 80_000)) {
    const before = await neededBytes()
    await flood(fort, login, 400)
    rounds.push((await neededBytes()) - before)
  }
  t.ok(Math.min(...rounds) < 80_000, `${rounds} bytes more were needed`)
  t.match(await metricsOf(fort), /^sallyport_sessions 0$/m)
})

t.test('a flood of made-up answers is answered with 429, and no provider hears of it', async t => {
  const fort = await buildFort(t, { settings: ordinary })
  const answer = fort.request('GET /_sallyport/callback?code=made-up&state=made-up HTTP/1.1')
  const statuses = await flood(fort, answer, 450)
  t.equal(statuses[400] + statuses[429], 450)
  t.ok(statuses[400] >= 300 && statuses[429] > 0, JSON.stringify(statuses))
  t.match(await metricsOf(fort), /^sallyport_sessions 0$/m)
  t.notMatch(await metricsOf(fort), 'sallyport_logins_total{')
})

t.test('nobody is locked out by what others behind the same address make up', async t => {
  const rateLimits = { login: { perAddress: '2/h' }, callback: { perAddress: '2/h' } }
  const fort = await buildFort(t, { settings: { server: { rateLimits } } })
  const another = ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: no-cors', 'Sec-Fetch-Dest: image']
  t.same(await flood(fort, fort.request('GET /_sallyport/login HTTP/1.1', ...another), 5), { 401: 5 })
  t.same(await flood(fort, fort.request('GET /_sallyport/login?provider=other HTTP/1.1'), 5), { 404: 5 })
  t.same(await flood(fort, fort.request('GET /_sallyport/callback?code=x&state=x HTTP/1.1'), 5), { 400: 2, 429: 3 })
  t.same(await flood(fort, fort.request('GET /_sallyport/callback HTTP/1.1'), 2), { 429: 2 })
  t.ok(await fort.signIn('ann'))
})

t.test('one person who signs in again and again is stopped before the session begins', async t => {
  const rateLimits = { callback: { perUser: '2/h' } }
  const fort = await buildFort(t, { settings: { server: { rateLimits } } })
  await fort.signIn('ann')
  await fort.signIn('ann')
  await t.rejects(fort.signIn('ann'))
  t.match(fort.gate.access('/_sallyport/callback'), { decision: 'limit', reason: 'user-rate', status: 429 })
  t.match(await metricsOf(fort), /^sallyport_sessions 2$/m)
  t.ok(await fort.signIn('bob'))
})

t.test(
  'a route is asked as often by one address as it may be, whoever asks, before a session is looked for',
  async t => {
    const fort = await buildFort(t, { everyRoute: { rateLimit: { perAddress: '3/h' } } })
    const cookie = await fort.signIn('ann')
    const get = fort.request('GET /x HTTP/1.1', `Cookie: ${cookie}`)
    t.same(await flood(fort, get, 5, OTHER), { 200: 3, 429: 2 })
    const line = fort.gate.access('/x')
    t.match(line, { decision: 'limit', reason: 'address-rate' })
    t.equal(line?.session, undefined)
    t.equal((await fort.strike(get)).statuses[0], 200)
    const anonymous = fort.request('GET /public/x HTTP/1.1')
    t.same(await flood(fort, anonymous, 5, OTHER), { 200: 3, 429: 2 }, 'each route counts for itself')
  },
)

t.test('a route is asked as often by one person as it may be, from wherever, and by websockets as well', async t => {
  const fort = await buildFort(t, { everyRoute: { rateLimit: { perUser: '4/h' } } })
  const cookie = await fort.signIn('ann')
  const get = fort.request('GET /admin/x HTTP/1.1', `Cookie: ${cookie}`)
  const shake = fort.request('GET /admin/x HTTP/1.1', ...websocketFields, `Cookie: ${cookie}`)
  t.same(await flood(fort, get, 2), { 200: 2 })
  t.same(await flood(fort, get, 1, OTHER), { 200: 1 })
  t.not((await fort.strike(shake)).statuses[0], 429)
  t.equal((await fort.strike(shake)).statuses[0], 429)
  t.match(await flood(fort, get, 1, '127.0.0.3'), { 429: 1 })
  t.match(fort.gate.access('/admin/x'), { decision: 'limit', reason: 'user-rate', session: String })

  const bobs = fort.request('GET /admin/x HTTP/1.1', `Cookie: ${await fort.signIn('bob')}`)
  t.same(await flood(fort, bobs, 6), { 403: 6 }, 'what is forbidden costs the upstream nothing')
  t.same(
    await flood(fort, fort.request('GET /public/x HTTP/1.1'), 5, OTHER),
    { 200: 4, 429: 1 },
    'nobody is an address',
  )
})

t.test('a changed rate counts after a reload, and what was spent is not forgotten', async t => {
  const routesWith = (rateLimit: Settings, upstream: number) => [
    { name: 'public', path: '/', public: true, upstream: `http://127.0.0.1:${upstream}`, rateLimit },
  ]
  const fort = await buildFort(t, { everyRoute: { rateLimit: { perAddress: '3/h' } } })
  const get = fort.request('GET /public/x HTTP/1.1')
  t.same(await flood(fort, get, 4), { 200: 3, 429: 1 })
  await fort.gate.reload({ routes: routesWith({ perAddress: '3/h' }, fort.upstream.port) })
  t.same(await flood(fort, get, 1), { 429: 1 })
  await fort.gate.reload({ routes: routesWith({}, fort.upstream.port) })
  t.same(await flood(fort, get, 5), { 200: 5 })
})

t.test('gateways with one Redis count together, and each alone while it is away', { skip }, async t => {
  const redis = await startRedis(t, { config: inMemory })
  const store = { type: 'redis', url: urlOf(redis), timeout: '200ms' }
  const session = { secrets: [newSecret()], store }
  const forts = []
  for (let n = 0; n < 2; n++)
    forts.push(await buildFort(t, { settings: { session }, everyRoute: { rateLimit: { perAddress: '4/h' } } }))
  const [here, there] = forts as [Fort, Fort]
  // Until both hear each other, each counts alone.
  await until(async () => (await redis.cli('client', 'list', 'type', 'pubsub')).split('sub=1').length > 2)
  await pause(300)
  const ask = ({ request }: Fort) => request('GET /public/x HTTP/1.1')
  t.same(await flood(here, ask(here), 3), { 200: 3 })
  t.same(await flood(there, ask(there), 3), { 200: 1, 429: 2 })
  await redis.kill()
  t.same(await flood(here, ask(here), 3), { 200: 1, 429: 2 })
  t.same(await flood(there, ask(there), 3), { 200: 1, 429: 2 }, 'what it has asked for before counts')
})
