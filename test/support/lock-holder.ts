// Takes a lock in a process of its own, to be killed with it in its hand.
import { openRedis } from '../../src/session/redis.ts'
import { agreeThrough } from '../../src/session/redis-agreement.ts'
import { memoryLog } from '../session/examples.ts'
import { redisConfig } from './redis.ts'

process.once('message', async port => {
  const lock = await agreeThrough(openRedis(redisConfig({ port: Number(port) }), memoryLog())).lock('session')
  process.send?.(lock?.isHeld)
})
