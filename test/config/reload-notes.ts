import t from 'tap'
import { reloadNotes } from '../../src/config/reload-notes.ts'
import { makeAuthority } from '../support/certificates.ts'
import { accepted, type Changes, strongSecret, written } from './reading.ts'

const keysAfter = async (before: Changes, after: Changes) => {
  const [started, next] = [await accepted(written(before)), await accepted(written(after))]
  return reloadNotes({ started, old: started, next }).map(({ key }) => key)
}

t.test('what needs a restart is named by its key', async t => {
  for (const [key, changes] of [
    ['server.listen', { server: { listen: '127.0.0.1:1234' } }],
    ['server.limits.headers', { server: { limits: { headers: '32KiB' } } }],
    ['server.limits.requestTimeout', { server: { limits: { requestTimeout: '1m' } } }],
    ['admin.listen', { admin: { listen: '127.0.0.1:1234' } }],
    ['log.level', { log: { level: 'debug' } }],
  ] as const) {
    t.strictSame(await keysAfter({}, changes), [key])
    t.strictSame(await keysAfter(changes, changes), [], `${key} as it was`)
  }
})

t.test('TLS put in or taken out needs a restart, another certificate does not', async t => {
  const authority = makeAuthority(t.testdir())
  const withTls = () => ({ server: { tls: authority.issue('DNS:a.test') } })
  t.strictSame(await keysAfter({}, withTls()), ['server.tls'])
  t.strictSame(await keysAfter(withTls(), {}), ['server.tls'])
  t.strictSame(await keysAfter(withTls(), withTls()), [])
})

t.test('what a reload does at once is not worth a word', async t => {
  t.strictSame(
    await keysAfter({}, { server: { limits: { connections: 5 }, drain: '1s' }, session: { idle: '5m' } }),
    [],
  )
})

t.test('it is named again until the restart, and no more when it was taken back', async t => {
  const [started, moved] = [await accepted(written({})), await accepted(written({ admin: { listen: '127.0.0.1:1' } }))]
  t.equal(reloadNotes({ started, old: moved, next: moved }).length, 1)
  t.equal(reloadNotes({ started, old: moved, next: started }).length, 0)
})

t.test('a change of the store that loses sessions, or forgets ends, is named', async t => {
  const secrets = [strongSecret]
  const kept = (store: object) => ({ session: { secrets, store } })
  const redis = (url: string, more: object = {}) => kept({ type: 'redis', url, ...more })
  const cookie = (notBefore?: object) => kept({ type: 'cookie', ...(notBefore && { notBefore }) })
  const here = 'redis://redis.internal'
  for (const [before, after, said] of [
    [kept({ type: 'memory' }), redis(here), ['session.store']],
    [redis(here), cookie(), ['session.store']],
    [redis(here), redis('redis://elsewhere.internal'), ['session.store']],
    [redis(here), redis(here, { keyPrefix: 'other:' }), ['session.store']],
    [redis(here), redis('redis://:changed@redis.internal', { timeout: '2s' }), []],
    [kept({ type: 'memory' }), kept({ type: 'memory', maxSessions: 5 }), []],
    [cookie({ url: here }), cookie(), ['session.store.notBefore']],
    [cookie(), cookie({ url: here }), ['session.store.notBefore']],
    [cookie({ url: here }), cookie({ url: here }), []],
  ] as const)
    t.strictSame(await keysAfter(before, after), said)
})
