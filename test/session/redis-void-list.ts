// Sessions in cookies that end everywhere: the list of what is void is shared.
import t, { type Test } from 'tap'
import { makeSessions } from '../../src/session/sessions.ts'
import { dumpOf, inMemory, redisConfig, startRedis, until } from '../support/redis.ts'
import { missing } from '../support/services.ts'
import { host, hour, Jar, memoryLog, settings, signIn, startedAt } from './examples.ts'

const skip = missing('redis-server')

async function cookieReplicas(t: Test) {
  const server = await startRedis(t, { config: inMemory })
  const config = settings({
    store: { type: 'cookie', notBefore: redisConfig(server, { timeoutMs: 300, downForMs: 1500 }) },
  })
  const open = () => {
    const sessions = makeSessions(config, memoryLog())
    t.teardown(() => sessions.close())
    return sessions
  }
  const [here, there, jar] = [open(), open(), new Jar()]
  const { session, setCookies } = await here.begin(signIn('ann'), undefined, host, startedAt)
  jar.keep(setCookies)
  const seenBy = async (sessions: typeof here) => (await sessions.find(jar.header, host, startedAt)).finding
  t.strictSame(await seenBy(there), { kind: 'found', session })
  return { server, here, there, jar, session, seenBy, open }
}

t.test('notBefore at one replica voids the cookies of a person at all of them', { skip }, async t => {
  const { here, there, session, seenBy, open } = await cookieReplicas(t)
  const heard: string[] = []
  there.onEnded(ids => heard.push(...ids))
  const { issuer, subject } = session.identity
  t.strictSame(await here.notBefore(issuer, subject, startedAt + 1), [session.id])
  t.strictSame(await seenBy(here), { kind: 'ended', why: 'revoked' })
  await until(() => heard.includes(session.id))
  t.strictSame(await seenBy(there), { kind: 'ended', why: 'revoked' })
  t.strictSame(await seenBy(open()), { kind: 'ended', why: 'revoked' }, 'and at one that starts later')
  const again = await there.begin(signIn('ann'), undefined, host, startedAt + 1)
  t.equal((await here.find(new Jar().keep(again.setCookies).header, host, startedAt + 1)).finding.kind, 'found')
})

t.test('who signs out at one replica is signed out at the others (lesson 83)', { skip }, async t => {
  const { here, there, jar, seenBy } = await cookieReplicas(t)
  await here.end(jar.header, host, startedAt)
  await until(async () => (await seenBy(there)).kind === 'ended')
  t.strictSame(await seenBy(there), { kind: 'ended', why: 'unknown' })
})

t.test('the shared list names nobody, and goes by itself', { skip }, async t => {
  const { server, here, session } = await cookieReplicas(t)
  const { issuer, subject } = session.identity
  await here.notBefore(issuer, subject, startedAt + 1)
  await here.endWhere({ issuer, sid: session.sid ?? '' }, startedAt + 1)
  t.notMatch(await dumpOf(server), /ann|login\.example/)
  const left = Number(await server.cli('pttl', 'sallyport:voids'))
  t.ok(left > 0 && left <= 12 * hour)
})

t.test('what cannot be known any more is a 503, not a guess (lesson 39)', { skip }, async t => {
  const { server, here, seenBy } = await cookieReplicas(t)
  await server.kill()
  t.equal((await seenBy(here)).kind, 'found', 'for a short while the list is remembered')
  await until(async () => {
    const failure = await seenBy(here).catch((error: unknown) => error)
    return failure instanceof Error && 'code' in failure && failure.code === 'store-unavailable'
  })
  await t.rejects(here.notBefore('https://login.example.com', 'x', startedAt), { code: 'store-unavailable' })
  await server.restart()
  await until(async () => (await seenBy(here)).kind === 'found')
})
