// S, terms: no provider can make a session that never ends, no configuration one that strangers share, and no comparison tells how far a guess was right.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { complaints, strongSecret, written } from '../config/reading.ts'
import { openBrowser } from '../support/browser.ts'
import { startGateAt } from '../support/gate.ts'
import { claims, tokens } from '../support/rogue-faults.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'
import { sourceFiles } from '../support/source.ts'
import { startUpstream } from '../support/upstream.ts'

const HOUR = 3_600_000
const odd = [1e300, -1, '123', 1.5, null, undefined, 2 ** 31, 2 ** 53, -1e300, {}, [], true, '', '1e9', 0]

t.test('whatever a provider says of the end of its tokens, a session ends by its own limits (S-31)', async t => {
  const rogue = await startRogueProvider(t)
  const { port } = await startUpstream(t)
  let lateMs = 0
  const { gate } = await startGateAt(t, {
    provider: rogue,
    now: () => Date.now() + lateMs,
    routes: [{ upstream: `http://127.0.0.1:${port}`, allow: [{ authenticated: true }] }],
  })
  let begun = 0
  for (const wrong of odd.flatMap(value => [
    claims({ exp: value }),
    tokens({ expires_in: value, refresh_token: undefined }),
  ])) {
    rogue.behave()
    rogue.misbehave(wrong)
    lateMs = 0
    const browser = openBrowser(gate.origin)
    const page = await browser.signInAs('ann', '/x')
    if (page.status !== 200) {
      t.ok([400, 403, 502].includes(page.status), `refused with ${page.status}`)
      t.equal((await browser.fetch('/x')).status, 401, 'and no session')
      continue
    }
    begun++
    lateMs = 12 * HOUR + 1000
    t.equal((await browser.fetch('/x')).status, 401, 'over after twelve hours')
  }
  t.ok(begun > 3, 'some of it is not worth a refusal')
  t.notOk(gate.lines.some(({ status }) => status === 500))
})

t.test('a cookie is never set for a domain that strangers share (S-30)', async t => {
  const shared = [
    'co.uk',
    '.co.uk',
    'test',
    '.test',
    'com',
    'github.io',
    'localhost',
    '127.0.0.1',
    '[::1]',
    '*.example.com',
    'CO.UK',
  ]
  for (const domain of shared) {
    const found = await complaints(written({ session: { cookie: { domain }, secrets: [strongSecret] } }))
    t.ok(
      found.some(line => line.startsWith('session.cookie.domain')),
      `${domain}: ${found}`,
    )
  }
  t.same(await complaints(written({ session: { cookie: { domain: 'example.com' }, secrets: [strongSecret] } })), [])
  const elsewhere = await complaints(written({ session: { cookie: { domain: 'other.com' }, secrets: [strongSecret] } }))
  t.ok(elsewhere.length > 0, 'nor for one that is not above the hosts')
})

t.test('what is secret is compared in constant time, or not at all (S-26)', async t => {
  const secret = /(?:secret|ticket|password|verifier|signature|digest|hmac|bearer|token|\.reveal\(\))$/i
  const comparison = /([\w.]+(?:\(\))?) *[!=]==? *([\w.'"`]+(?:\(\))?)/g
  const harmless = /^(?:undefined|null|true|false|\d+|['"`].*)$/
  // A configuration is compared with itself before anybody can ask; a kind of token is no secret.
  const inHouse = (file: string) => file.startsWith('src/config/') || file.startsWith('src/demo/')
  const found = sourceFiles()
    .filter(file => !inHouse(file))
    .flatMap(file =>
      Array.from(readFileSync(file, 'utf8').matchAll(comparison))
        .filter(([, ...sides]) => sides.some(side => secret.test(side)) && !sides.some(side => harmless.test(side)))
        .map(([text]) => `${file}: ${text}`),
    )
  t.same(found, [])
  t.match(readFileSync('src/admin/bearer.ts', 'utf8'), /timingSafeEqual/)
})
