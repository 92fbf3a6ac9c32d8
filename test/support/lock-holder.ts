// Takes a lock in a process of its own, to be killed with it in its hand.
import { openRedis } from '../../src/session/redis.ts'
import { agreeThrough } from '../../src/session/redis-agreement.ts'
import { memoryLog } from '../session/examples.ts'
import { redisConfig } from './redis.ts'

export type LockOrder = { readonly port: number; readonly lockMs: number }

process.once('message', async ({ port, lockMs }: LockOrder) => {
  const lock = await agreeThrough(openRedis(redisConfig({ port }), memoryLog()), lockMs).lock('session')
  process.send?.(lock?.isHeld)
})
