import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { PENDING_LOGIN_MS } from '../../src/core/pending-login.ts'
import { parseReturnTo } from '../../src/core/return-to.ts'
import { readOwnCookies } from '../../src/session/cookies.ts'
import { makePendingLogins, rememberUsed } from '../../src/session/pending-logins.ts'
import { makeSealer } from '../../src/session/seal.ts'
import { altered, cookie, host, Jar, minute, newSecret, pendingLogin, startedAt } from './examples.ts'

const room = (over: Partial<Parameters<typeof makePendingLogins>[0]> = {}) =>
  makePendingLogins({ sealer: makeSealer([newSecret()]), cookie, used: rememberUsed(), ...over })
const at = (jar: Jar, now = startedAt) => ({ cookies: readOwnCookies(jar.header, cookie.name), host, now })
const begin = (logins: ReturnType<typeof room>, jar: Jar, pending = pendingLogin(), now = startedAt) => {
  jar.keep(logins.remember(pending, at(jar, now)))
  return pending
}

t.test('a login comes back to the browser that began it, once', async t => {
  const [logins, jar] = [room(), new Jar()]
  const pending = begin(logins, jar)
  const taken = logins.take(pending.state, at(jar))
  t.strictSame(taken.pending, pending)
  t.equal(jar.keep(taken.setCookies).header, undefined, 'its cookie is gone (lesson 6)')
  t.match(logins.take(pending.state, at(jar)), { pending: undefined, why: 'used', setCookies: [] })
})

t.test('a copied cookie does not make a login usable twice, in another browser neither (lesson 8, C-11)', async t => {
  const [logins, jar, copy] = [room(), new Jar(), new Jar()]
  const pending = begin(logins, jar)
  for (const [name, value] of jar.cookies) copy.cookies.set(name, value)
  logins.take(pending.state, at(jar))
  const again = logins.take(pending.state, at(copy))
  t.match(again, { pending: undefined, why: 'used' })
  t.equal(copy.keep(again.setCookies).header, undefined)
})

t.test('without its cookie a state is unknown (C-01, C-03)', async t => {
  const [logins, jar] = [room(), new Jar()]
  const pending = begin(logins, jar)
  t.match(logins.take(pending.state, at(new Jar())), { pending: undefined, why: 'unknown', setCookies: [] })
  t.match(logins.take('made up', at(jar)), { pending: undefined, why: 'unknown', setCookies: [] })
  t.match(logins.take('', at(jar)), { why: 'unknown' })
  t.strictSame(logins.take(pending.state, at(jar)).pending, pending, 'and asking did not use it up')
})

t.test('after ten minutes a login has expired, and its cookie goes (C-11, lesson 14)', async t => {
  const [logins, jar] = [room(), new Jar()]
  const [early, late] = [begin(logins, jar), begin(logins, jar)]
  t.strictSame(logins.take(early.state, at(jar, startedAt + PENDING_LOGIN_MS - 1)).pending, early)
  const taken = logins.take(late.state, at(jar, startedAt + PENDING_LOGIN_MS))
  t.match(taken, { pending: undefined, why: 'expired' })
  t.equal(jar.keep(taken.setCookies).cookies.size, 1)
})

t.test('parallel logins finish in any order, each with its own secrets and its own page (lessons 1, 7)', async t => {
  const [logins, jar] = [room(), new Jar()]
  const pages = ['/a', '/b', '/c'].map(page => parseReturnTo(page, '/_sallyport'))
  const begun = pages.map(returnTo => begin(logins, jar, pendingLogin({ returnTo })))
  for (const pending of [begun[1], begun[2], begun[0]]) {
    const taken = logins.take(pending?.state ?? '', at(jar))
    t.strictSame(taken.pending, pending)
    jar.keep(taken.setCookies)
  }
  t.equal(jar.header, undefined)
})

t.test('200 abandoned logins leave five cookies, the newest ones, and the last still works (lesson 4)', async t => {
  const [logins, jar] = [room(), new Jar()]
  const begun = Array.from({ length: 200 }, (_, i) => {
    const now = startedAt + i * 1000
    return begin(logins, jar, pendingLogin({ startedAt: now }), now)
  })
  const now = startedAt + 200_000
  t.equal(jar.cookies.size, 5)
  t.match(logins.take(begun[194]?.state ?? '', at(jar, now)), { why: 'unknown' }, 'said, not looped (lesson 5)')
  for (const pending of begun.slice(195)) t.strictSame(logins.take(pending.state, at(jar, now)).pending, pending)
})

t.test('long return targets make fewer logins fit, never a header that no server takes (lessons 4, 18)', async t => {
  const [logins, jar] = [room(), new Jar()]
  const long = () => parseReturnTo(`/?q=${randomBytes(1500).toString('base64url')}`, '/_sallyport')
  for (let i = 0; i < 10; i++) {
    const now = startedAt + i
    const pending = begin(logins, jar, pendingLogin({ returnTo: long(), startedAt: now }), now)
    t.ok((jar.header?.length ?? 0) < 4500)
    t.equal(logins.take(pending.state, at(jar, now)).pending?.returnTo, pending.returnTo)
  }
})

t.test('the next login sweeps what expired and what does not open (lesson 6)', async t => {
  const [logins, jar] = [room(), new Jar()]
  begin(logins, jar)
  jar.cookies.set(`${cookie.name}.login.AAAAAAAAAAAA`, 'not sealed by us')
  const later = startedAt + 11 * minute
  begin(logins, jar, pendingLogin({ startedAt: later }), later)
  t.equal(jar.cookies.size, 1)
})

t.test('a login whose cookie came twice is unknown (S-18)', async t => {
  const [logins, jar] = [room(), new Jar()]
  const pending = begin(logins, jar)
  const cookies = [...at(jar).cookies, ...at(jar).cookies]
  const taken = logins.take(pending.state, { cookies, host, now: startedAt })
  t.match(taken, { pending: undefined, why: 'unknown' })
  t.equal(taken.setCookies.length, 1, 'and is cleared')
})

t.test('a login cookie under the name of another login, or at another host, does not open (S-11)', async t => {
  const [logins, jar] = [room(), new Jar()]
  const [one, two] = [begin(logins, jar), begin(logins, jar)]
  const [first, second] = at(jar).cookies
  const swapped = [
    { name: first?.name ?? '', value: second?.value ?? '' },
    { name: second?.name ?? '', value: first?.value ?? '' },
  ]
  t.match(logins.take(one.state, { cookies: swapped, host, now: startedAt }), { why: 'unknown' })
  t.match(logins.take(two.state, { ...at(jar), host: 'other.example.com' }), { why: 'unknown' })
  t.strictSame(logins.take(one.state, at(jar)).pending, one)
})

t.test(
  'a login is handed out for its own state only, even where a cookie of ours holds it under the name of another',
  async t => {
    const sealer = makeSealer([newSecret()])
    const [logins, jar, expected] = [room({ sealer }), new Jar(), pendingLogin()]
    begin(logins, jar, expected)
    const [{ name } = { name: '' }] = at(jar).cookies
    const value = sealer.seal(JSON.stringify(pendingLogin()), { purpose: 'pending-login', cookie: name, host })
    const taken = logins.take(expected.state, { cookies: [{ name, value }], host, now: startedAt })
    t.match(taken, { pending: undefined, why: 'unknown' })
  },
)

t.test('an altered login cookie is unknown, whatever was altered (S-09)', async () => {
  const [logins, jar] = [room(), new Jar()]
  const pending = begin(logins, jar)
  const [sealed] = at(jar).cookies
  const value = sealed?.value ?? ''
  const place = fc.nat(value.length - 1)
  fc.assert(
    fc.property(place, place => {
      const cookies = [{ name: sealed?.name ?? '', value: altered(value, place) }]
      return logins.take(pending.state, { cookies, host, now: startedAt }).why === 'unknown'
    }),
  )
})

t.test('a header full of junk logins is sorted out in a moment, with a bounded answer (D-13)', async t => {
  const jar = new Jar()
  for (let i = 0; i < 5000; i++) jar.cookies.set(`${cookie.name}.login.${String(i).padStart(12, '0')}`, 'A'.repeat(120))
  const started = performance.now()
  const lines = room().remember(pendingLogin(), at(jar))
  t.ok(performance.now() - started < 5000)
  t.ok(lines.length <= 65)
})

t.test('a login cookie is lax and short-lived, whatever the session cookie is (lesson 23)', async t => {
  for (const sameSite of ['strict', 'none', 'lax'] as const) {
    const [line] = room({ cookie: { ...cookie, sameSite } }).remember(pendingLogin(), at(new Jar()))
    t.match(line, /^__Host-sallyport\.login\.[\w-]{12}=[\w-]+; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
    t.ok((line?.length ?? 0) <= 4096)
  }
})

t.test('a login whose answer is posted from the site of the provider has a cookie that comes along', async t => {
  for (const sameSite of ['strict', 'none', 'lax'] as const) {
    const logins = room({ cookie: { ...cookie, sameSite } })
    const [line] = logins.remember(pendingLogin({ responseMode: 'form_post' }), at(new Jar()))
    t.match(line, /; HttpOnly; Secure; SameSite=None$/)
  }
})
