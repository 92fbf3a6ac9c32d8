// Hunt: everything that a gateway stands on fails, in any order, while people and strangers ask. Fail closed: a fault lets nobody in, and nobody goes on without a name.
import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import { buildFort, type Fort, type Impact, websocketFields } from '../support/attack.ts'
import { inMemory, startRedis } from '../support/redis.ts'
import { newSecret, urlOf } from '../support/replicas.ts'
import { echo, type Script } from '../support/upstream.ts'
import { fieldsOf } from '../support/wire.ts'
import { type Hunt, hunt, type Outcome } from './hunt.ts'

const troubles = [
  'the store hangs',
  'the store has forgotten',
  'the upstream is silent',
  'the upstream hangs up',
] as const
type Trouble = (typeof troubles)[number]

const doors = ['request', 'upload', 'upgrade', 'admin', 'me', 'callback'] as const
const visitors = ['nobody', 'ann', 'a forger'] as const

type Ask = { readonly door: (typeof doors)[number]; readonly who: (typeof visitors)[number] }
type Step = { readonly begins: Trouble } | { readonly ends: Trouble } | Ask

const trouble = fc.constantFrom(...troubles)
const ask: fc.Arbitrary<Ask> = fc.record({ door: fc.constantFrom(...doors), who: fc.constantFrom(...visitors) })
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: ask },
    trouble.map(begins => ({ begins })),
    trouble.map(ends => ({ ends })),
  ),
  { minLength: 4, maxLength: 12 },
)

/** None of the upstream's, so that an answer of ours is known. */
const ours = new Set([101, 200, 302, 303, 400, 401, 403, 502, 503, 504])

export const troublesome: Hunt = hunt('troubles', steps, async t => {
  const redis = await startRedis(t, { config: inMemory })
  const store = { type: 'redis', url: urlOf(redis), timeout: '100ms', downFor: '200ms' }
  const active = new Set<Trouble>()
  const fort = await buildFort(t, {
    settings: { session: { store, secrets: [newSecret()] } },
    everyRoute: { timeouts: { response: '200ms' } },
    answer: turn => upstreamIn(active)(turn),
  })
  const change: Readonly<Record<Trouble, { begin(): unknown; end(): unknown }>> = {
    'the store hangs': { begin: redis.freeze, end: redis.thaw },
    'the store has forgotten': { begin: () => active.has('the store hangs') || redis.cli('flushall'), end() {} },
    'the upstream is silent': { begin() {}, end() {} },
    'the upstream hangs up': { begin() {}, end() {} },
  }
  t.teardown(redis.thaw)
  return async story => {
    for (const trouble of active) await change[trouble].end()
    active.clear()
    const ann = await whole(() => fort.signIn('ann'))
    const saw = new Set<string>()
    for (const step of story) {
      if ('begins' in step) {
        await change[step.begins].begin()
        active.add(step.begins)
      } else if ('ends' in step) {
        if (active.delete(step.ends)) await change[step.ends].end()
      } else {
        const outcome = judge(step, await fort.strike(bytesOf(step, ann, fort)), [...active])
        if ('broke' in outcome) return outcome
        saw.add(outcome.saw)
      }
    }
    return { saw: ['let in', 'refused for trouble', 'refused'].find(word => saw.has(word)) ?? 'quiet' }
  }
})

/** Until the store of before answers again. */
async function whole<T>(begin: () => Promise<T>): Promise<T> {
  for (let patience = 100; patience > 1; patience--) {
    const begun = await begin().catch(() => undefined)
    if (begun !== undefined) return begun
    await pause(50)
  }
  return begin()
}

const upstreamIn =
  (active: ReadonlySet<Trouble>): Script =>
  turn => {
    if (active.has('the upstream is silent')) return undefined
    if (!active.has('the upstream hangs up')) return echo(turn)
    turn.socket.destroy()
    return false
  }

function bytesOf({ door, who }: Ask, ann: string, { request }: Fort): string {
  const cookies = { nobody: [], ann: [`Cookie: ${ann}`], 'a forger': [`Cookie: ${ann.slice(0, -2)}AA`] }[who]
  const lines = {
    request: ['GET /x HTTP/1.1'],
    upload: ['POST /x HTTP/1.1', 'Content-Length: 5'],
    upgrade: ['GET /x HTTP/1.1', ...websocketFields],
    admin: ['GET /admin/x HTTP/1.1'],
    me: ['GET /_sallyport/me HTTP/1.1'],
    callback: ['GET /_sallyport/callback?state=x&code=y HTTP/1.1'],
  }[door]
  const [line = '', ...fields] = lines
  return request(line, ...fields, ...cookies) + (door === 'upload' ? 'hello' : '')
}

function judge({ door, who }: Ask, { statuses, reached }: Impact, active: readonly Trouble[]): Outcome {
  const [status = 0] = statuses
  const during = `${who} at ${door}, ${active.join(' and ') || 'all well'}`
  if (!ours.has(status)) return { broke: `${during}: answered ${status}` }
  if (reached.length === 0) return { saw: status >= 500 ? 'refused for trouble' : 'refused' }
  if (who !== 'ann') return { broke: `${during}: let in` }
  const names = reached.map(({ headers }) => fieldsOf(headers, 'x-forwarded-user').join())
  return names.every(name => name === 'ann') ? { saw: 'let in' } : { broke: `${during}: let in as ${names}` }
}
