// One Redis, whatever its shape: asked within a time, listened to, and honest about whether it can be heard.
import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, SallyportError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { RedisConfig } from '../core/settings.ts'
import { connect } from './redis-connection.ts'
import { listenTo } from './redis-ear.ts'

export type RedisLink = {
  /** One command on one key. It may be sent twice, so it must not matter. Throws `store-unavailable`. */
  ask(command: string, ...args: readonly (string | number)[]): Promise<unknown>
  /** What is published reaches us: what we remember is true. */
  readonly isLive: boolean
  /** Not live, but not for long: what we remember may be believed. */
  readonly isRemembered: boolean
  /** When it was last known to be live; `performance.now()`. */
  readonly heardAt: number
  /** Whether what was true then may be believed while nobody can be asked. */
  isRecent(instant: number): boolean
  /** It failed a moment ago; asking would cost time and bring nothing. */
  readonly isFailing: boolean
  /** The place of a thing in Redis. */
  key(kind: string, name?: string): string
  readonly channel: string
  onNews(listener: (kind: string, text: string) => void): void
  /** Called when news may have been missed, before anything is remembered again. */
  onGap(listener: () => void | Promise<void>): void
  /** Resolves when what we remember counts. Throws `store-unavailable` when that takes too long. */
  current(): Promise<void>
  close(): Promise<void>
}

const RETRY_MS = 25
/** For so long after a failure nobody who can do without an answer waits for one. */
const FAILING_MS = 1000
const RETRY_AFTER_SECONDS = 5

export function openRedis(config: RedisConfig, log: Log): RedisLink {
  const connection = connect(config)
  const channel = `${config.keyPrefix}news`
  const newsListeners: Array<(kind: string, text: string) => void> = []
  const gapListeners: Array<() => void | Promise<void>> = []
  let failedAt = -Infinity
  let isDown = false
  let isClosed = false
  const ear = listenTo({
    config,
    channel,
    onMessage(message) {
      const [kind = '', text = ''] = message.split(' ', 2)
      for (const listener of newsListeners) listener(kind, text)
    },
    async onGap() {
      for (const listener of gapListeners) await listener()
    },
  })

  function failed(error: unknown): SallyportError {
    failedAt = performance.now()
    // Only the words: the error object carries the command, and a command may carry a password.
    const found = describe(error)
    if (!isDown && !isClosed) log.warn({ error: found }, 'the session store cannot be reached')
    isDown = true
    return unavailable(found)
  }

  function answered(): void {
    if (isDown) log.info({}, 'the session store can be reached again')
    isDown = false
    failedAt = -Infinity
  }

  const isRecent = (instant: number): boolean => performance.now() - instant < config.downForMs

  return {
    channel,
    isRecent,
    async ask(command, ...args) {
      const deadline = performance.now() + config.timeoutMs
      for (;;) {
        try {
          const reply = await (await connection).call(command, ...args)
          answered()
          return reply
        } catch (error) {
          // A connection that was closed while idle, a failover, a slot on its way: soon over, most of the time.
          if (isClosed || performance.now() >= deadline) throw failed(error)
          await pause(RETRY_MS)
        }
      }
    },
    get isLive() {
      return ear.isLive
    },
    get isRemembered() {
      return ear.isLive || isRecent(ear.heardAt)
    },
    get heardAt() {
      return ear.heardAt
    },
    get isFailing() {
      return performance.now() - failedAt < FAILING_MS
    },
    key: (kind, name) => `${config.keyPrefix}${kind}${name === undefined ? '' : `:${digest(name)}`}`,
    onNews: listener => void newsListeners.push(listener),
    onGap: listener => void gapListeners.push(listener),
    async current() {
      const deadline = performance.now() + config.timeoutMs
      while (!this.isRemembered) {
        if (performance.now() >= deadline) throw unavailable('what other replicas say cannot be heard')
        await pause(RETRY_MS)
      }
    },
    async close() {
      isClosed = true
      ear.close()
      const open = await connection
      open.disconnect()
    },
  }
}

const unavailable = (found: string): SallyportError =>
  new SallyportError('store-unavailable', `the session store does not answer: ${found}`, {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  })

const digest = (name: string): string => createHash('sha256').update(name).digest('base64url')
