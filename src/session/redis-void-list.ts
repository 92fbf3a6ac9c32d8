// A list of voided sessions that all replicas share: each has it whole, and hears of every new mark.
import type { Milliseconds } from '../core/duration.ts'
import type { RedisLink } from './redis.ts'
import { addVoid } from './redis-scripts.ts'
import type { VoidList } from './void-list.ts'

export type SharedVoidList = VoidList & {
  /** Marks are kept at least for so long from now on: sessions may last longer than when they were made. */
  keepFor(ms: Milliseconds): void
}

export function shareVoidList(redis: RedisLink, here: VoidList, atFirst: Milliseconds): SharedVoidList {
  const key = redis.key('voids')
  let keepMs = atFirst
  const oldest = (): number => Date.now() - keepMs
  const prolong = async (): Promise<void> => {
    const left = Number(await redis.ask('PTTL', key))
    if (left < keepMs) await redis.ask('PEXPIRE', key, keepMs)
  }
  redis.onNews((kind, text) => {
    const [name = '', startedBefore = ''] = text.split('@')
    if (kind === 'void') void here.add(name, Number(startedBefore))
  })
  redis.onGap(async () => {
    const marks = (await redis.ask('ZRANGEBYSCORE', key, oldest(), '+inf')) as readonly string[]
    const scores = (await redis.ask('ZMSCORE', key, ...marks, '-')) as readonly (string | null)[]
    for (const [index, name] of marks.entries()) await here.add(name, Number(scores[index]))
    await prolong()
  })
  return {
    ...here,
    current: () => redis.current(),
    keepFor(ms) {
      if (ms <= keepMs) return
      keepMs = ms
      // Where Redis is away, the end of the gap makes up for it.
      prolong().catch(() => {})
    },
    async add(name, startedBefore) {
      const message = `void ${name}@${startedBefore}`
      await redis.ask('EVAL', addVoid, 1, key, startedBefore, name, keepMs, oldest(), redis.channel, message)
      await here.add(name, startedBefore)
    },
  }
}
