import { createHash } from 'node:crypto'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import type { SessionConfig, StoreConfig } from '../../src/core/settings.ts'
import { makeSessions } from '../../src/session/sessions.ts'
import { anyText } from '../support/any-text.ts'
import { inMemory, redisConfig, startRedis } from '../support/redis.ts'
import { missing } from '../support/services.ts'
import * as examples from './examples.ts'

const { cookie, host, hour, Jar, memoryLog, minute, newSecret, pendingLogin, settings, signIn, startedAt } = examples

const base = cookie.name
const stores: StoreConfig[] = [{ type: 'memory', maxSessions: 100 }, { type: 'cookie' }]
// test/session/redis-store.ts says why when it is not there.
if (!missing('redis-server'))
  stores.push({ type: 'redis', redis: redisConfig(await startRedis(t, { config: inMemory })) })

/** A door, a browser in front of it, and its log. */
function room(t: Test, over: Partial<SessionConfig> = {}) {
  const [config, log, jar] = [settings(over), memoryLog(), new Jar()]
  const sessions = makeSessions(config, log)
  t.teardown(() => sessions.close())
  const signInAs = async (user: string, now = startedAt) => {
    const begun = await sessions.begin(signIn(user), jar.header, host, now)
    jar.keep(begun.setCookies)
    return begun.session
  }
  const finding = async (header = jar.header, now = startedAt) => (await sessions.find(header, host, now)).finding
  return { config, log, jar, sessions, signInAs, finding }
}

for (const store of stores) {
  t.test(`with sessions kept in ${store.type}`, async t => {
    t.test('who signed in is found again, with the same tokens and times', async t => {
      const { signInAs, finding } = room(t, { store })
      const session = await signInAs('ann')
      t.strictSame(await finding(), { kind: 'found', session })
      t.match(session, { ...signIn('ann'), tokens: { idToken: String }, startedAt, seenAt: startedAt })
    })

    t.test('no cookie is no session, and sets no cookie', async t => {
      const { sessions } = room(t, { store })
      const nothing = { finding: { kind: 'none' }, setCookies: [] }
      t.strictSame(await sessions.find(undefined, host, startedAt), nothing)
      t.strictSame(await sessions.find('theme=dark', host, startedAt), nothing)
    })

    t.test('a session that nobody used for the idle time is over', async t => {
      const { jar, sessions, signInAs } = room(t, { store })
      await signInAs('ann')
      t.match(await sessions.find(jar.header, host, startedAt + hour - 1), { finding: { kind: 'found' } })
      const late = room(t, { store })
      await late.signInAs('ann')
      const found = await late.sessions.find(late.jar.header, host, startedAt + hour)
      t.match(found.finding, { kind: 'ended', why: 'idle' })
      t.equal(late.jar.keep(found.setCookies).header, undefined)
    })

    t.test(
      'a session ends at its absolute limit, however busy it was and however old its cookie (S-06, S-07)',
      async t => {
        const { jar, sessions, signInAs } = room(t, { store })
        await signInAs('ann')
        let now = startedAt
        for (; now < startedAt + 12 * hour; now += 30 * minute) {
          const { finding, setCookies } = await sessions.find(jar.header, host, now)
          t.equal(finding.kind, 'found')
          jar.keep(setCookies)
        }
        const kept = jar.header
        t.match(await sessions.find(kept, host, now), { finding: { kind: 'ended', why: 'absolute' } })
        t.match(await sessions.find(kept, host, startedAt), { finding: { kind: 'ended', why: 'unknown' } }, 'for good')
      },
    )

    t.test('every sign-in has a new id and ticket, and the session before it ends (S-02, S-03, lesson 31)', async t => {
      const { jar, signInAs, finding } = room(t, { store })
      const first = await signInAs('ann')
      const before = jar.header
      const second = await signInAs('ben')
      t.not(second.id, first.id)
      t.not(jar.header, before)
      t.match(await finding(before), { kind: 'ended', why: 'unknown' })
      t.strictSame(await finding(), { kind: 'found', session: second })
      t.notMatch(JSON.stringify(second), /ann/)
    })

    t.test('a planted ticket is never adopted (S-02)', async t => {
      const { jar, signInAs, finding } = room(t, { store })
      const planted = createHash('sha256').update('planted').digest('base64url')
      jar.cookies.set(base, planted)
      await signInAs('ann')
      t.not(jar.cookies.get(base), planted)
      t.not((await finding(`${base}=${planted}`)).kind, 'found')
    })

    t.test(
      'after logout the old cookie no longer works, and every cookie of the session is deleted (S-05, S-14)',
      async t => {
        const { jar, sessions, signInAs, finding } = room(t, { store })
        const session = await signInAs('ann')
        jar.cookies.set(`${base}.7`, 'left over')
        const { header } = jar
        jar.cookies.delete(`${base}.7`)
        const old = jar.header
        const { ended, setCookies } = await sessions.end(old, host, startedAt)
        t.strictSame(ended, session)
        t.match(await finding(old), { kind: 'ended', why: 'unknown' })
        t.match(await sessions.end(old, host, startedAt), { ended: undefined }, 'it ends once')
        t.equal(jar.keep(setCookies).header, undefined)
        t.equal((await sessions.end(header, host, startedAt)).setCookies.length, 2, 'crafted chunks too (S-01)')
      },
    )

    t.test('a session that is over is not handed out at logout', async t => {
      const { jar, sessions, signInAs } = room(t, { store })
      await signInAs('ann')
      t.match(await sessions.end(jar.header, host, startedAt + 2 * hour), { ended: undefined, setCookies: [String] })
    })

    t.test('logout without a session ends nothing and sets nothing', async t => {
      const { sessions } = room(t, { store })
      t.strictSame(await sessions.end('theme=dark', host, startedAt), { ended: undefined, setCookies: [] })
    })

    t.test('two cookies of our name are no session, in either order, and both are cleared (S-18, S-29)', async t => {
      const [ann, mallory] = [room(t, { store }), room(t, { store })]
      await ann.signInAs('ann')
      await mallory.signInAs('mallory')
      const [mine, theirs] = [ann.jar.header, mallory.jar.header]
      for (const header of [`${mine}; ${theirs}`, `${theirs}; ${mine}`, `${mine}; ${mine}`]) {
        const found = await ann.sessions.find(header, host, startedAt)
        t.strictSame(found.finding, { kind: 'unreadable' })
        t.match(found.setCookies, [/^__Host-sallyport=; Max-Age=0;/])
      }
      t.match(ann.log.lines, [{ why: 'cookie sent twice' }], 'the log says why (lesson 46)')
    })

    t.test('a look-alike beside the real cookie changes nothing (S-19)', async t => {
      const { jar, signInAs, finding } = room(t, { store })
      await signInAs('ann')
      for (const other of [`\u2000${base}=x`, `=${base}=x`, `${base.toLowerCase()}=x`, `$Version=1,${base}=x`, base]) {
        t.match(await finding(`${other}; ${jar.header}`), { kind: 'found' })
        t.match(await finding(`${jar.header}; ${other}`), { kind: 'found' })
      }
    })

    t.test(
      'whatever stands in our cookie, the answer is a finding and never a session (S-13, S-21, lesson 37)',
      async t => {
        const { jar, signInAs, sessions } = room(t, { store })
        await signInAs('ann')
        const ticket = jar.cookies.get(base) ?? ''
        const part = fc.constantFrom(
          base,
          '=',
          ';',
          '.1',
          '.login.',
          ticket.slice(0, 20),
          ticket.slice(20),
          'A',
          '"',
          ' ',
        )
        const noise = fc.oneof(anyText(), part)
        const header = fc.array(noise, { maxLength: 12 }).map(parts => parts.join(''))
        await fc.assert(
          fc.asyncProperty(header, async noise => {
            const header = `${base}=${noise}`
            fc.pre(!header.includes(ticket))
            const [found, ended] = [await sessions.find(header, host, 0), await sessions.end(header, host, 0)]
            return found.finding.kind !== 'found' && ended.ended === undefined && found.setCookies.every(isClean)
          }),
          { numRuns: 500 },
        )
      },
    )

    t.test('most requests write nothing; the idle clock moves on after a tenth of its time (lesson 42)', async t => {
      const { jar, sessions, signInAs } = room(t, { store })
      await signInAs('ann')
      const early = await sessions.find(jar.header, host, startedAt + 6 * minute - 1)
      t.match(early, { finding: { session: { seenAt: startedAt } }, setCookies: [] })
      const later = await sessions.find(jar.header, host, startedAt + 6 * minute)
      t.match(later, { finding: { session: { seenAt: startedAt + 6 * minute } } })
      jar.keep(later.setCookies)
      t.match(await sessions.find(jar.header, host, startedAt + 65 * minute), { finding: { kind: 'found' } })
    })

    t.test('the cookie lasts as long as the session can, not a second longer', async t => {
      const { sessions } = room(t, { store })
      const { setCookies } = await sessions.begin(signIn('ann'), undefined, host, startedAt)
      t.match(setCookies.at(-1), /; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
    })

    t.test('the cookie of a login is no session, and that of a session no login (S-11)', async t => {
      const { jar, sessions, signInAs, finding } = room(t, { store })
      const pending = pendingLogin()
      const login = new Jar().keep(sessions.remember(pending, undefined, host, startedAt))
      const [[name = '', sealed = ''] = []] = login.cookies
      t.match(await finding(`${base}=${sealed}`), { kind: 'unreadable' })
      await signInAs('ann')
      const swapped = `${name}=${jar.cookies.get(base)}`
      t.match(sessions.take(pending.state, swapped, host, startedAt), { pending: undefined, why: 'unknown' })
    })

    t.test(
      'secrets rotate under people who are signed in; a login under way comes through too (lesson 30)',
      async t => {
        const { config, jar, sessions, signInAs } = room(t, { store })
        const session = await signInAs('ann')
        const pending = pendingLogin()
        jar.keep(sessions.remember(pending, jar.header, host, startedAt))
        const newer = newSecret()
        const renewed = sessions.renew({ ...config, secrets: [newer, ...config.secrets] })
        t.strictSame((await renewed.find(jar.header, host, startedAt)).finding, { kind: 'found', session })
        t.strictSame(renewed.take(pending.state, jar.header, host, startedAt).pending, pending)
        t.match(
          sessions.take(pending.state, jar.header, host, startedAt),
          { why: 'used' },
          'used is used behind every door',
        )

        jar.keep((await renewed.find(jar.header, host, startedAt + 30 * minute)).setCookies)
        const onlyNew = renewed.renew({ ...config, secrets: [newer] })
        t.match(await onlyNew.find(jar.header, host, startedAt + 31 * minute), { finding: { kind: 'found' } })
      },
    )

    t.test('a request may look without extending the session (lesson 42)', async t => {
      const { jar, sessions, signInAs } = room(t, { store })
      await signInAs('ann')
      const later = startedAt + 30 * minute
      const looked = await sessions.find(jar.header, host, later, { slide: false })
      t.match(looked, { finding: { kind: 'found', session: { seenAt: startedAt } }, setCookies: [] })
      const late = await sessions.find(jar.header, host, startedAt + hour, { slide: false })
      t.match(late.finding, { kind: 'ended', why: 'idle' })
    })

    t.test('beyond the shorter limits of a route the session is over there, and goes on elsewhere', async t => {
      const { jar, sessions, signInAs } = room(t, { store })
      await signInAs('ann')
      const limits = { idleMs: 10 * minute, absoluteMs: 2 * hour }
      const later = startedAt + 10 * minute
      t.strictSame(await sessions.find(jar.header, host, later, { limits }), {
        finding: { kind: 'ended', why: 'idle' },
        setCookies: [],
      })
      jar.keep((await sessions.find(jar.header, host, later)).setCookies)
      const afterwards = await sessions.find(jar.header, host, later + minute, { limits })
      t.match(afterwards.finding, { kind: 'ended', why: 'idle' }, 'using it elsewhere does not undo the rest')
      for (let now = later; now < startedAt + 2 * hour; now += 30 * minute)
        jar.keep((await sessions.find(jar.header, host, now)).setCookies)
      const over = await sessions.find(jar.header, host, startedAt + 2 * hour, { limits })
      t.match(over.finding, { kind: 'ended', why: 'absolute' })
      t.match(await sessions.find(jar.header, host, startedAt + 2 * hour), { finding: { kind: 'found' } })
    })

    t.test('a session of a provider that is not configured any more, or is another one now, is over', async t => {
      for (const issuers of [{}, { other: 'https://login.example.com' }, { corp: 'https://login.other.example' }]) {
        const { config, jar, sessions, signInAs } = room(t, { store })
        await signInAs('ann')
        const renewed = sessions.renew({ ...config, issuers: { ...issuers, new: 'https://new.example' } })
        const found = await renewed.find(jar.header, host, startedAt)
        t.match(found.finding, { kind: 'ended', why: 'revoked' }, JSON.stringify(issuers))
        t.equal(jar.keep(found.setCookies).header, undefined)
      }
    })

    t.test('the idle clock is as exact as the shortest limit of any route needs', async t => {
      const { jar, sessions, signInAs } = room(t, { store, shortestIdleMs: 10 * minute })
      await signInAs('ann')
      const early = await sessions.find(jar.header, host, startedAt + minute - 1)
      t.match(early, { finding: { session: { seenAt: startedAt } } })
      const later = await sessions.find(jar.header, host, startedAt + minute)
      t.match(later, { finding: { session: { seenAt: startedAt + minute } } })
    })

    t.test('a refresh is what the next request finds, and the one that came before it too (lesson 56)', async t => {
      const { jar, sessions, signInAs, finding } = room(t, { store })
      const session = await signInAs('ann')
      const before = jar.header
      const tokens = { idToken: 'new', accessToken: 'new too', accessTokenExpiresAt: startedAt + hour }
      const replaced = await sessions.replace(session, { ...session, tokens }, jar.header, host, startedAt)
      jar.keep(replaced.setCookies)
      const newer = { ...session, tokens, revision: 1 }
      t.strictSame(replaced.session, newer)
      t.strictSame(await finding(), { kind: 'found', session: newer })
      t.strictSame(await finding(before), { kind: 'found', session: newer })
      const again = new Jar().keep((await sessions.find(before, host, startedAt)).setCookies)
      if (store.type === 'cookie') t.ok(again.header, 'and its browser is given the new ticket')
      t.equal(await sessions.waitForChange(session.id, 0, 1000), true)
      t.equal(await sessions.waitForChange(session.id, 1, 60), false)
    })

    t.test('a refresh that comes late is not written; one of an ended session nowhere (lesson 41)', async t => {
      const { jar, sessions, signInAs, finding } = room(t, { store })
      const session = await signInAs('ann')
      const refresh = (name: string) =>
        sessions.replace(session, { ...session, tokens: { idToken: name } }, jar.header, host, startedAt)
      jar.keep((await refresh('first')).setCookies)
      t.match((await refresh('second')).session, { tokens: { idToken: 'first' } })
      const last = jar.header
      await sessions.end(last, host, startedAt)
      t.strictSame(await refresh('third'), { session: undefined, setCookies: [] })
      t.match(await finding(last), { kind: 'ended', why: 'unknown' })
    })

    t.test('who is voided elsewhere is told so, once, and may sign in again (lesson 89)', async t => {
      const { jar, sessions, signInAs, finding } = room(t, { store })
      const { id, identity } = await signInAs('ann')
      const heard: string[] = []
      t.teardown(sessions.onEnded(ids => heard.push(...ids)))
      t.strictSame(await sessions.notBefore(identity.issuer, identity.subject, startedAt + minute), [id])
      t.ok(heard.includes(id), 'whoever listens hears of it (lesson 94)')
      const found = await sessions.find(jar.header, host, startedAt)
      t.match(found.finding, { kind: 'ended', why: 'revoked' })
      t.equal(jar.keep(found.setCookies).header, undefined)
      await signInAs('ann', startedAt + minute)
      t.match(await finding(jar.header, startedAt + minute), { kind: 'found' }, 'nor does it reach further (lesson 90)')
    })

    t.test('new limits hold for sessions that are under way', async t => {
      const { config, jar, sessions, signInAs } = room(t, { store })
      await signInAs('ann')
      const strict = sessions.renew({ ...config, absoluteMs: minute })
      t.match(await strict.find(jar.header, host, startedAt + minute), { finding: { kind: 'ended', why: 'absolute' } })
    })

    t.test('a session that ended behind one door is ended behind the next', async t => {
      const { config, jar, sessions, signInAs } = room(t, { store })
      await signInAs('ann')
      const renewed = sessions.renew(config)
      await sessions.end(jar.header, host, startedAt)
      t.match(await renewed.find(jar.header, host, startedAt), { finding: { kind: 'ended', why: 'unknown' } })
    })

    t.test('a configured domain makes one session for all its hosts; without one each host is on its own', async t => {
      const shared = room(t, { store, cookie: { ...cookie, name: 'sp', domain: 'example.com' } })
      await shared.signInAs('ann')
      t.match(await shared.sessions.find(shared.jar.header, 'b.example.com', startedAt), { finding: { kind: 'found' } })
      const alone = room(t, { store })
      await alone.signInAs('ann')
      const elsewhere = await alone.sessions.find(alone.jar.header, 'b.example.com', startedAt)
      t.not(elsewhere.finding.kind, 'found')
    })
  })
}

/** A line that says one thing: no control characters, one attribute after the other. */
const isClean = (line: string): boolean => /^__Host-sallyport(\.\d+)?=; Max-Age=0(; [A-Za-z=/]+)+$/.test(line)

t.test('a session of several cookies comes back, shrinks and goes (lesson 32)', async t => {
  const { jar, sessions, finding, signInAs } = room(t, { store: { type: 'cookie' } })
  const groups = Array.from({ length: 120 }, () => newSecret().reveal())
  const big = await sessions.begin(signIn('ann', groups), undefined, host, startedAt)
  jar.keep(big.setCookies)
  t.ok(jar.cookies.size > 1)
  t.strictSame(await finding(), { kind: 'found', session: big.session })
  for (const [name, value] of jar.cookies) {
    const torn = (jar.header ?? '').replace(`${name}=${value}`, 'x=y')
    t.match(await finding(torn), { kind: 'unreadable' }, 'a missing chunk is no session (lesson 35)')
  }
  await signInAs('ben')
  t.equal(jar.cookies.size, 1, 'the unused chunks are gone (lesson 36)')
})

t.test(
  'a session that would make later requests too large for our own header limit is refused at sign-in (S-23)',
  async t => {
    const groups = Array.from({ length: 250 }, () => newSecret().reveal())
    const begin = (headerBytes: number) =>
      makeSessions(settings({ store: { type: 'cookie' } }), memoryLog(), headerBytes).begin(
        signIn('ann', groups),
        undefined,
        host,
        startedAt,
      )
    await t.rejects(begin(16 * 1024), { code: 'session-too-large', status: 403 })
    const { setCookies } = await begin(64 * 1024)
    t.ok(setCookies.length > 2)
  },
)

t.test('cookies of a secret that is gone are cleared, and signing in works (lesson 30)', async t => {
  const { config, jar, sessions, signInAs } = room(t, { store: { type: 'cookie' } })
  await signInAs('ann')
  const changed = sessions.renew({ ...config, secrets: [newSecret()] })
  const found = await changed.find(jar.header, host, startedAt)
  t.strictSame(found.finding, { kind: 'unreadable' })
  jar.keep(found.setCookies)
  jar.keep((await changed.begin(signIn('ann'), jar.header, host, startedAt)).setCookies)
  t.match(await changed.find(jar.header, host, startedAt), { finding: { kind: 'found' } })
})

t.test('without configured secrets a login under way survives a reload, and no restart', async t => {
  const { config, jar, sessions } = room(t, { secrets: [] })
  const pending = pendingLogin()
  jar.keep(sessions.remember(pending, undefined, host, startedAt))
  t.match(makeSessions(config, memoryLog()).take(pending.state, jar.header, host, startedAt), { why: 'unknown' })
  t.strictSame(sessions.renew(config).take(pending.state, jar.header, host, startedAt).pending, pending)
})

t.test('logins that nobody finishes keep nothing on our side (D-25)', async t => {
  const { sessions } = room(t)
  for (let i = 0; i < 500; i++) sessions.remember(pendingLogin(), undefined, host, startedAt)
  t.equal(sessions.count, 0)
})

t.test('the count is that of sessions kept here', async t => {
  const memory = room(t)
  await memory.signInAs('ann')
  t.equal(memory.sessions.count, 1)
  await memory.signInAs('ann')
  t.equal(memory.sessions.count, 1, 'a second sign-in of one browser is still one session')
  t.equal(room(t, { store: { type: 'cookie' } }).sessions.count, undefined)
})

t.test('a new bound on the number of sessions holds at once', async t => {
  const { config, sessions } = room(t)
  for (const user of ['ann', 'ben', 'cid']) await sessions.begin(signIn(user), undefined, host, startedAt)
  const renewed = sessions.renew({ ...config, store: { type: 'memory', maxSessions: 2 } })
  t.equal(renewed.count, 2)
})

t.test('another kind of store begins anew', async t => {
  const { config, jar, sessions, signInAs } = room(t)
  await signInAs('ann')
  const other = sessions.renew({ ...config, store: { type: 'cookie' } })
  const found = await other.find(jar.header, host, startedAt)
  t.strictSame(found.finding, { kind: 'unreadable' })
  jar.keep((await other.begin(signIn('ann'), jar.header, host, startedAt)).setCookies)
  t.match(await other.find(jar.header, host, startedAt), { finding: { kind: 'found' } })
})

t.test('our names are ours, with everything behind their dot, and no others (lesson 47)', async t => {
  const { sessions } = room(t)
  for (const name of [base, `${base}.1`, `${base}.login.abc`]) t.equal(sessions.isOwnCookie(name), true)
  for (const name of [`${base}s`, base.toLowerCase(), `x${base}`, '', 'theme'])
    t.equal(sessions.isOwnCookie(name), false)
  t.equal(sessions.withoutOwn(`a=1; ${base}=x; ${base}.login.abc=y; b=2`), 'a=1; b=2')
  t.equal(sessions.withoutOwn(`${base}=x`), undefined)
})
