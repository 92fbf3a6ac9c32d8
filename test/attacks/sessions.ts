// S, sessions: each login begins a new one, each end is for good, whatever store keeps them; and no page and no answer carries one to somebody else.
import t from 'tap'
import { adminOf, newAdminKey, post } from '../support/admin.ts'
import { buildFort, type Fort, type Test } from '../support/attack.ts'
import { openBrowser } from '../support/browser.ts'
import { inMemory, startRedis, until } from '../support/redis.ts'
import { missing } from '../support/services.ts'
import { fieldOf, fieldsOf } from '../support/wire.ts'

const HOUR = 3_600_000
const key = newAdminKey()
const secrets = ['Jw8vQ2sXz5RnB7yHkPdM3fLgA9eUiT0c']

type Clock = { lateMs: number }
type World = Fort & { readonly clock: Clock; as(cookies: string, path?: string): Promise<number> }

async function buildWorld(t: Test, store: object): Promise<World> {
  const clock: Clock = { lateMs: 0 }
  const fort = await buildFort(t, {
    settings: { session: { store, secrets }, admin: { listen: '127.0.0.1:0', key } },
    providerOptions: { users: { big: { groups: Array.from({ length: 5000 }, (_, at) => `a-group-of-some-${at}`) } } },
    now: () => Date.now() + clock.lateMs,
  })
  const as = async (cookies: string, path = '/x') =>
    (await fort.strike(fort.request(`GET ${path} HTTP/1.1`, `Cookie: ${cookies}`))).statuses[0] ?? 0
  return { ...fort, clock, as }
}

const redisUrl = async (t: Test) => `redis://127.0.0.1:${(await startRedis(t, { config: inMemory })).port}`
const stores: Readonly<Record<string, (t: Test) => Promise<object>>> = {
  memory: async () => ({ type: 'memory' }),
  cookie: async t => ({ type: 'cookie', notBefore: { url: await redisUrl(t) } }),
  redis: async t => ({ type: 'redis', url: await redisUrl(t) }),
}

for (const [kind, store] of Object.entries(stores))
  t.test(`with sessions in ${kind}`, { skip: kind !== 'memory' && missing('redis-server') }, async t => {
    const world = await buildWorld(t, await store(t))
    const { gate, clock, as, signIn, request, strike, upstream } = world
    t.afterEach(() => {
      clock.lateMs = 0
    })
    const logOut = (cookies: string) =>
      strike(
        request(
          'POST /_sallyport/logout HTTP/1.1',
          `Cookie: ${cookies}`,
          `Origin: ${gate.origin}`,
          'Content-Length: 0',
        ),
      )

    t.test('no page says that somebody has signed out whose session goes on (S-01)', async t => {
      const cookies = await signIn('ann')
      const page = () =>
        strike(request('GET /_sallyport/signed-out HTTP/1.1', 'Accept: text/html', `Cookie: ${cookies}`))
      t.match((await page()).answers[0]?.body, 'Sign out?')
      t.equal(await as(cookies), 200)
      const names = fieldsOf((await logOut(cookies)).answers[0]?.headers ?? [], 'set-cookie')
      for (const name of cookies.split('; ').map(cookie => cookie.split('=')[0]))
        t.ok(
          names.some(line => line.startsWith(`${name}=; Max-Age=0`)),
          `${name} is deleted`,
        )
      t.match((await page()).answers[0]?.body, 'You are signed out')
      t.equal(await as(cookies), 401)
    })

    t.test('a login adopts no session and no cookie that was there before (S-02, S-03, S-29)', async t => {
      const planted = await signIn('ann')
      const [name = '', value = ''] = planted.split(/=(.*)/)
      for (const before of [value, 'planted', `${value}x`]) {
        const browser = openBrowser(gate.origin)
        browser.jar.set('localhost', new Map([[name, before]]))
        await browser.signInAs('bob', '/_sallyport/login?return_to=/x')
        const cookies = browser.cookies('/') ?? ''
        t.notOk(cookies.split('; ').includes(`${name}=${before}`), 'the ticket is a new one')
        const { reached } = await strike(request('GET /x HTTP/1.1', `Cookie: ${cookies}`))
        t.same(fieldsOf(reached[0]?.headers ?? [], 'x-forwarded-user'), ['bob'])
        t.notMatch(reached[0]?.head, /ann|sre/, 'nothing of the first person')
        if (before === value) t.equal(await as(planted), 401, 'the session that was planted is over')
        else t.equal(await as(`${name}=${before}`), 401)
      }
    })

    t.test('after a logout the ticket is worth nothing, wherever a copy of it is (S-05, S-06, S-14)', async t => {
      const cookies = await signIn('ann')
      const other = await signIn('ann')
      t.equal(await as(cookies), 200)
      await logOut(cookies)
      for (let again = 0; again < 3; again++) t.equal(await as(cookies), 401)
      t.equal(await as(other), 200, 'another session of hers goes on')
      clock.lateMs = HOUR / 2
      t.equal(await as(cookies), 401)
    })

    t.test(
      'a session is over after its time, however busy it was and whatever its cookie says (S-06, S-07)',
      async t => {
        const first = await signIn('ann')
        let cookies = first
        for (clock.lateMs = 0; clock.lateMs < 12 * HOUR - 60_000; clock.lateMs += HOUR / 2) {
          const { statuses, answers } = await strike(request('GET /x HTTP/1.1', `Cookie: ${cookies}`))
          if (statuses[0] !== 200) t.fail(`over after ${clock.lateMs / HOUR} hours`)
          const renewed = fieldsOf(answers[0]?.headers ?? [], 'set-cookie').map(line => line.split(';')[0])
          if (renewed.length > 0) cookies = renewed.join('; ')
        }
        clock.lateMs = 12 * HOUR + 1000
        for (const ticket of [first, cookies]) t.equal(await as(ticket), 401, 'the absolute limit')
        const idle = await signIn('bob')
        clock.lateMs += HOUR + 1000
        t.equal(await as(idle), 401, 'the idle limit')
      },
    )

    t.test('whom an administrator signs out is out at the next request (S-15)', async t => {
      const [ann, bob] = [await signIn('ann'), await signIn('bob')]
      const admin = adminOf(gate, key)
      const me = await strike(request('GET /_sallyport/me HTTP/1.1', `Cookie: ${ann}`))
      const { session } = JSON.parse(me.answers[0]?.body ?? '{}')
      t.equal((await admin(`/sessions/${session.id}`, { method: 'DELETE' })).status, 200)
      t.equal(await as(ann), 401)
      t.equal(await as(bob), 200)
      const again = await signIn('ann')
      const { issuer, subject } = JSON.parse(
        (await strike(request('GET /_sallyport/me HTTP/1.1', `Cookie: ${again}`))).answers[0]?.body ?? '{}',
      )
      t.equal((await admin('/not-before', post({ issuer, subject }))).status, 200)
      await until(async () => (await as(again)) === 401)
      t.equal(await as(bob), 200)
    })

    t.test('an answer that renews a session is kept by no cache (S-17)', async t => {
      world.scripts.set('/cached', ({ socket }) => {
        const cached =
          'Cache-Control: public, max-age=3600\r\nExpires: Thu, 01 Jan 2099 00:00:00 GMT\r\nCDN-Cache-Control: max-age=9\r\n'
        socket.write(`HTTP/1.1 200 OK\r\n${cached}Content-Length: 0\r\n\r\n`)
      })
      let cookies = await signIn('ann')
      let renewals = 0
      for (clock.lateMs = 0; clock.lateMs < HOUR; clock.lateMs += HOUR / 6) {
        const { answers } = await strike(request('GET /cached HTTP/1.1', `Cookie: ${cookies}`))
        const headers = answers[0]?.headers ?? []
        const renewed = fieldsOf(headers, 'set-cookie').map(line => line.split(';')[0])
        if (renewed.length === 0) continue
        renewals++
        cookies = renewed.join('; ')
        t.equal(fieldOf(headers, 'cache-control'), 'private, no-store')
        t.same([fieldOf(headers, 'expires'), fieldOf(headers, 'cdn-cache-control')], [undefined, undefined])
      }
      t.equal(renewals > 0, kind === 'cookie', 'only the sealed cookie is ever written anew')
    })

    t.test('a session that no browser could carry is refused once, in words, and nothing loops (S-23)', async t => {
      const browser = openBrowser(gate.origin)
      const page = await browser.signInAs('big', '/x')
      t.notMatch(page.url, '/_sallyport/login')
      if (kind === 'cookie') {
        t.equal(page.status, 403)
        t.match(page.body, 'more information than this gateway can keep')
        t.equal(browser.cookies('/'), undefined)
      } else t.ok([200, 403].includes(page.status), `${page.status}`)
      const spent = upstream.requests.length
      t.equal(await as(browser.cookies('/') ?? ''), page.status === 200 ? 200 : 401)
      t.equal(upstream.requests.length - spent, page.status === 200 ? 1 : 0)
    })

    t.test('people who ask at the same moment are never taken for one another (H-30)', async t => {
      const people = [['ann', await signIn('ann')] as const, ['bob', await signIn('bob')] as const]
      const asked = Array.from({ length: 100 }, (_, at) => people[at % 2] ?? ['', ''])
      const answers = await Promise.all(
        asked.map(async ([user, cookies], at) => {
          const { answers } = await strike(request(`GET /who/${at} HTTP/1.1`, `Cookie: ${cookies}`))
          return answers[0]?.body.includes(`"X-Forwarded-User","${user}"`)
        }),
      )
      t.ok(answers.every(Boolean))
      const [name, ann = '', bob = ''] = [
        people[0]?.[1].split('=')[0],
        ...people.map(([, line]) => line.split(/=(.*)/)[1]),
      ]
      for (const mixed of [
        `${name}=${ann}${bob}`,
        `${name}=${ann}; ${name}.1=${bob}`,
        `${name}=${ann.slice(0, 22)}${bob.slice(22)}`,
      ])
        t.equal(await as(mixed), 401, 'half of one and half of the other is nobody')
    })

    t.test('what one person may end, the session of another may not (S-27)', async t => {
      const [ann, bob] = [await signIn('ann'), await signIn('bob')]
      const me = await strike(request('GET /_sallyport/me HTTP/1.1', `Cookie: ${ann}`))
      const { session } = JSON.parse(me.answers[0]?.body ?? '{}')
      const end = (cookies: string, which: string, ...more: string[]) =>
        strike(
          request(
            `POST /_sallyport/sessions/end?which=${which} HTTP/1.1`,
            `Cookie: ${cookies}`,
            'Content-Length: 0',
            ...more,
          ),
        )
      const own = `Origin: ${gate.origin}`
      for (const which of [session.id, 'others', 'all', `${session.id}x`, encodeURIComponent(`*`)])
        await end(bob, which, own)
      t.equal(await as(ann), 200, 'bob ended none of hers')
      for (const origin of [
        'Origin: https://evil.test',
        'Origin: null',
        'Sec-Fetch-Site: cross-site',
        'Sec-Fetch-Site: same-site',
      ])
        t.same((await end(ann, 'all', origin)).statuses, [403], origin)
      t.equal(await as(ann), 200, 'no other site ended any')
      await end(ann, session.id, own)
      t.equal(await as(ann), 401, 'she did')
    })
  })
