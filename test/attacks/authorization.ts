// Z, authorization: what a provider says of a person opens what a policy means and nothing beside it, by every door, for that person alone.
import fc from 'fast-check'
import t from 'tap'
import { websocketFields } from '../support/attack.ts'
import type { Browser } from '../support/browser.ts'
import { openRaw } from '../support/raw.ts'
import { claims, type Fields } from '../support/rogue-faults.ts'
import { startRogueGate } from '../support/rogue-gate.ts'
import { echo, switchesAndEchoes } from '../support/upstream.ts'
import { fieldOf } from '../support/wire.ts'
import { strangeAddresses } from './fixtures/addresses.ts'

/** One route per kind of criterion, as what lets in and as what keeps out. */
const kinds = {
  users: { users: ['Alice'] },
  emails: { emails: ['alice@app.test'] },
  everyone: { emails: ['*@app.test'] },
  domains: { domains: ['app.test'] },
  groups: { groups: ['sre'] },
  claims: { claims: { 'dept.name': ['ops'] } },
  providers: { providers: ['corp'], groups: ['sre'] },
  methods: { methods: ['POST'] },
  ip: { ip: ['192.0.2.0/24'], groups: ['sre'] },
} as const

const { gate, rogue, upstream, newBrowser } = await startRogueGate(t, {
  provider: { userinfo: 'never' },
  answer: turn => (fieldOf(turn.request.headers, 'upgrade') === undefined ? echo : switchesAndEchoes())(turn),
  routes: [
    ...Object.entries(kinds).flatMap(([kind, item]) => [
      { name: `allow-${kind}`, path: `/allow/${kind}`, allow: [item] },
      { name: `deny-${kind}`, path: `/deny/${kind}`, allow: [{ authenticated: true }], deny: [item] },
    ]),
    { name: 'public', path: '/public', public: true },
    { name: 'all', path: '/', allow: [{ authenticated: true }] },
  ],
})

const alice = {
  preferred_username: 'alice',
  email: 'alice@app.test',
  email_verified: true,
  groups: ['sre'],
  dept: { name: 'ops' },
}
const bob = { preferred_username: 'bob', email: 'bob@b.test', email_verified: true, groups: ['SRE', 'sre '] }

async function signedInAs(who: Fields): Promise<Browser> {
  rogue.behave()
  rogue.misbehave(claims(who))
  const browser = newBrowser()
  await browser.visit('/')
  return browser
}

const statusOf = async (browser: Browser, path: string, method = 'GET'): Promise<number> =>
  (await browser.fetch(path, { method, ...(method === 'POST' && { headers: { origin: gate.origin } }) })).status

t.test('every criterion lets the right one in and keeps the other out, and the other way round (Z-02)', async t => {
  const [one, other] = [await signedInAs(alice), await signedInAs(bob)]
  for (const kind of Object.keys(kinds)) {
    if (kind === 'ip' || kind === 'methods') continue
    const found = [await statusOf(one, `/allow/${kind}`), await statusOf(other, `/allow/${kind}`)]
    t.same(found, [200, 403], `allow ${kind}`)
    t.same([await statusOf(one, `/deny/${kind}`), await statusOf(other, `/deny/${kind}`)], [403, 200], `deny ${kind}`)
  }
  t.same([await statusOf(one, '/allow/methods', 'POST'), await statusOf(one, '/allow/methods')], [200, 403])
  t.same([await statusOf(one, '/deny/methods', 'POST'), await statusOf(one, '/deny/methods')], [403, 200])
  t.same([await statusOf(one, '/allow/ip'), await statusOf(one, '/deny/ip')], [403, 200], 'from another address')
})

t.test('an address opens the domain that everybody reads in it, and no other (Z-01)', async t => {
  for (const email of strangeAddresses) {
    const browser = await signedInAs({ ...alice, email })
    for (const kind of ['domains', 'everyone', 'emails'])
      t.equal(await statusOf(browser, `/allow/${kind}`), 403, `${JSON.stringify(email)} by ${kind}`)
  }
  for (const email of ['a@APP.TEST', 'A@app.test'])
    t.equal(await statusOf(await signedInAs({ ...alice, email }), '/allow/domains'), 200, email)
})

t.test('an address that its provider does not vouch for opens nothing, and is denied all the same (T-25)', async t => {
  for (const email_verified of [false, undefined, null, 'true', 'false', 1, [true], {}]) {
    const browser = await signedInAs({ ...alice, email_verified })
    for (const kind of ['domains', 'everyone', 'emails'])
      t.same(
        [await statusOf(browser, `/allow/${kind}`), await statusOf(browser, `/deny/${kind}`)],
        [403, 403],
        `${kind} with ${JSON.stringify(email_verified)}`,
      )
  }
})

t.test('a user is one user in either letter case, and nobody else is that user (Z-06)', async t => {
  for (const preferred_username of ['alice', 'ALICE', 'aLiCe']) {
    const browser = await signedInAs({ ...alice, preferred_username })
    t.same([await statusOf(browser, '/allow/users'), await statusOf(browser, '/deny/users')], [200, 403])
  }
  for (const preferred_username of [
    'alice ',
    ' alice',
    'alıce',
    'alİce',
    'аlice',
    'alice@app.test',
    'alice\0',
    ['alice'],
  ]) {
    const browser = await signedInAs({ ...alice, preferred_username })
    t.equal(await statusOf(browser, '/allow/users'), 403, JSON.stringify(preferred_username))
  }
})

t.test('groups are texts in a list, to the letter (Z-02)', async t => {
  for (const groups of [
    ...['admin,sre', '["sre"]', 'sre,', 'SRE', 'sre\u200b', 'ｓre'],
    ...[[['sre']], { sre: true }, { 0: 'sre', length: 1 }, [{ name: 'sre' }], 7, null, true, ['s', 'r', 'e'], [' sre']],
  ])
    t.equal(await statusOf(await signedInAs({ ...alice, groups }), '/allow/groups'), 403, JSON.stringify(groups))
  for (const groups of ['sre', ['other', 'sre', 7]])
    t.equal(await statusOf(await signedInAs({ ...alice, groups }), '/allow/groups'), 200, JSON.stringify(groups))
})

t.test('one decision stands behind every door: a request and a websocket fare alike (Z-11)', async t => {
  const handshake = async (path: string, cookies: string | undefined): Promise<number> => {
    const { send, answer, socket } = await openRaw(gate.port)
    const cookie = cookies === undefined ? [] : [`Cookie: ${cookies}`]
    send([`GET ${path} HTTP/1.1`, `Host: localhost:${gate.port}`, ...cookie, ...websocketFields, '', ''].join('\r\n'))
    const status = (await answer())?.status ?? 0
    socket.destroy()
    return status
  }
  for (const browser of [await signedInAs(alice), await signedInAs(bob), newBrowser()])
    for (const path of [...Object.keys(kinds).flatMap(kind => [`/allow/${kind}`, `/deny/${kind}`]), '/', '/public']) {
      const asRequest = await statusOf(browser, path)
      t.equal(await handshake(path, browser.cookies('/')), asRequest === 200 ? 101 : asRequest, path)
    }
})

t.test('thousands of parameters change no decision, and arrive all of them (Z-15)', async t => {
  const query = Array.from({ length: 5000 }, (_, at) => `${at % 10}`).join('&')
  const nobody = newBrowser()
  for (const path of ['/allow/groups', '/'])
    t.equal(await statusOf(nobody, `${path}?${query}&/public&path=/public`), 401, path)
  t.equal(await statusOf(await signedInAs(bob), `/allow/groups?${query}&groups=sre`), 403)
  t.equal(await statusOf(nobody, `/public?${query}`), 200)
  t.equal(upstream.requests.at(-1)?.target, `/public?${query}`)
})

t.test('no header makes the gateway stumble: every answer is one of those that it gives (Z-14)', async t => {
  const cookies = (await signedInAs(alice)).cookies('/') ?? ''
  const bytes = fc.string({
    unit: fc.constantFrom(...'aZ09 \t,;=:."\'%/+-_~!$&*()<>{}[]\\|^`@\x80\xe9\xff'),
    maxLength: 300,
  })
  const value = fc.oneof(
    bytes,
    bytes.map(text => `Bearer ${text}`),
    bytes.map(text => `${cookies}${text}`),
  )
  const names = [
    'Authorization',
    'Cookie',
    'Accept',
    'Origin',
    'Referer',
    'User-Agent',
    'Sec-Fetch-Mode',
    'Sec-Fetch-Site',
  ]
  const name = fc.constantFrom(
    ...names,
    'X-Forwarded-For',
    'X-Forwarded-Host',
    'Range',
    'Content-Type',
    'If-Match',
    'X-A',
  )
  const path = fc.constantFrom(
    '/',
    '/public',
    '/allow/groups',
    '/_sallyport/me',
    '/_sallyport/login',
    '/_sallyport/callback',
  )
  const fields = fc.uniqueArray(fc.tuple(name, value), { selector: ([name]) => name, maxLength: 5 })
  const property = fc.asyncProperty(path, fields, async (path, fields) => {
    const { send, answer, socket } = await openRaw(gate.port)
    const lines = fields.map(([name, value]) => `${name}: ${value}`)
    send([`GET ${path} HTTP/1.1`, `Host: localhost:${gate.port}`, ...lines, '', ''].join('\r\n'))
    const status = (await answer())?.status ?? 0
    socket.destroy()
    return [200, 302, 303, 400, 401, 403].includes(status)
  })
  await fc.assert(property, { numRuns: 500 })
  t.notOk(gate.lines.some(({ level }) => level === 'error'))
})
