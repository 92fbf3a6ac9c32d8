// A list of voided sessions that all replicas share: each has it whole, and hears of every new mark.
import type { Milliseconds } from '../core/duration.ts'
import type { RedisLink } from './redis.ts'
import { addVoid } from './redis-scripts.ts'
import type { VoidList } from './void-list.ts'

export function shareVoidList(redis: RedisLink, here: VoidList, keepMs: Milliseconds): VoidList {
  const key = redis.key('voids')
  const oldest = (): number => Date.now() - keepMs
  redis.onNews((kind, text) => {
    const [name = '', startedBefore = ''] = text.split('@')
    if (kind === 'void') void here.add(name, Number(startedBefore))
  })
  redis.onGap(async () => {
    const marks = (await redis.ask('ZRANGEBYSCORE', key, oldest(), '+inf')) as readonly string[]
    const scores = (await redis.ask('ZMSCORE', key, ...marks, '-')) as readonly (string | null)[]
    for (const [index, name] of marks.entries()) await here.add(name, Number(scores[index]))
  })
  return {
    ...here,
    current: () => redis.current(),
    async add(name, startedBefore) {
      const message = `void ${name}@${startedBefore}`
      await redis.ask('EVAL', addVoid, 1, key, startedBefore, name, keepMs, oldest(), redis.channel, message)
      await here.add(name, startedBefore)
    },
  }
}
