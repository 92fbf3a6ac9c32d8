// The schema of the session store: in this process, in the browser, or in Redis.
import { z } from 'zod'
import { duration, leaf, plainText, someOf } from './leaf.ts'
import { certificates, privateKey } from './route-schema.ts'
import { readKeyPrefix, readNode, readPassword, readRedisUrl } from './store-values.ts'

const node = leaf('host and port', 'redis-0.example.com:6379', text => readNode(text))
const password = leaf('secret', `\${env:REDIS_PASSWORD}`, readPassword)

const tls = z.strictObject({
  ca: certificates.describe("Certificate authorities to trust instead of Node's.").optional(),
  cert: certificates.describe('Our client certificate.').optional(),
  key: privateKey.describe('The key of our client certificate.').optional(),
  serverName: plainText.describe("The name to find in the server's certificate.").optional(),
})

const redis = {
  url: leaf('secret', 'rediss://user:password@redis.example.com:6379/0', readRedisUrl)
    .describe('A single server; `rediss` for TLS. Either this, `cluster` or `sentinel`.')
    .optional(),
  cluster: someOf(node).describe('Some nodes of a cluster; the others are asked of them.').optional(),
  sentinel: z
    .strictObject({
      name: plainText.describe('What the sentinels call the master.'),
      nodes: someOf(node).describe('The sentinels.'),
      password: password.describe('For the sentinels themselves.').optional(),
    })
    .describe('A master that sentinels name.')
    .optional(),
  username: plainText.describe('For `cluster` and `sentinel`; a `url` has its own.').optional(),
  password: password.describe('For `cluster` and `sentinel`; a `url` has its own.').optional(),
  tls: z
    .union([z.literal(true), tls])
    .describe('For `cluster` and `sentinel`: speak TLS. For a `rediss` URL: how.')
    .optional(),
  keyPrefix: leaf('key prefix', 'sallyport:', readKeyPrefix)
    .describe('In front of every key. Gateways with one prefix share sessions.')
    .prefault('sallyport:'),
  timeout: duration(10, 60_000).describe('How long a command, and a connection, may take.').prefault('1s'),
  downFor: duration(0, 3_600_000)
    .describe(
      'While Redis cannot be heard: how long those go on whose session this process knows, although it may have been ended elsewhere. Others get 503.',
    )
    .prefault('30s'),
}

const cookieLimits =
  'Sessions live sealed in the browser. Nobody can list them. Without `notBefore`, only this process knows which were ended, until it stops. A refresh at one process is not seen at another: a load balancer must send each browser always to the same replica, and `server.workers` must be 1.'

export const store = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('memory').describe('Sessions live in this process.'),
    maxSessions: z.int().min(1).max(10_000_000).describe('The longest unused leave first.').prefault(100_000),
  }),
  z.strictObject({
    type: z.literal('cookie').describe(cookieLimits),
    notBefore: z
      .strictObject(redis)
      .describe('The Redis where all replicas keep which sessions were ended. Written like a `redis` store.')
      .optional(),
  }),
  z.strictObject({
    type: z
      .literal('redis')
      .describe('Sessions live in Redis or Valkey, each sealed with a key that only the browser has.'),
    ...redis,
  }),
])

export type WrittenStore = z.output<typeof store>
export type WrittenRedis = Omit<Extract<WrittenStore, { readonly type: 'redis' }>, 'type'>
