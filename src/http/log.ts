// The log: JSON lines by pino, one access line per request, and nothing secret in any of them.
import { type Logger, pino } from 'pino'
import type { Log } from '../core/log.ts'
import type { LogLevel } from '../core/settings.ts'
import { withoutSecrets } from './redact.ts'
import type { Visit } from './visit.ts'

export type LogOut = Log & { level: string }

/**
 * Lines leave together, when there are enough of them or a moment has passed: one write for each would cost more than a session. What is
 * waiting is written when the process ends by itself or by a fault. Nobody reading is no reason to stop: beyond the most, lines are lost.
 */
const together = { sync: false, minLength: 12_000, periodicFlush: 100, maxLength: 8 * 1024 * 1024 }

/** POSIX PIPE_BUF: what is written to a pipe in one piece, whoever else writes to it. */
const ONE_PIECE_BYTES = 4096

/** Writes to a standard output that other processes write to as well, whole lines all the same. */
export const makeSharedLog = (level: LogLevel): LogOut =>
  makeLog(level, lineWriter({ ...together, minLength: ONE_PIECE_BYTES / 2, maxWrite: ONE_PIECE_BYTES }))

/** Writes to standard output, or to `out` where a test listens. */
export function makeLog(level: LogLevel, out?: { write(line: string): void }): LogOut {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }), log: withoutSecrets },
  }
  const logger: Logger = pino(options, out ?? lineWriter(together))
  return logger
}

/** A full disk costs lines and nothing else: unheard, its error would end the process, and the end would wait for the disk for ever. */
function lineWriter(options: typeof together & { readonly maxWrite?: number }) {
  const out = pino.destination(options)
  const { flushSync } = out
  out.on('error', () => {
    out.flushSync = () => {}
  })
  out.on('write', () => {
    out.flushSync = flushSync
  })
  return out
}

export type Outcome = {
  readonly visit: Visit
  readonly status: number
  readonly ms: number
  readonly completed: boolean
}

/** The path is logged without its query: applications put secrets there, and so does the callback. */
export function logAccess(log: Log, { visit, status, ms, completed }: Outcome, withSubject: boolean): void {
  const { room, trail } = visit
  log.info(
    {
      request: visit.id,
      method: visit.method,
      ...(room.kind === 'refused'
        ? { refused: room.code, found: room.found, optIn: room.problem?.optIn }
        : { host: room.address.host, path: room.address.target.path }),
      route: routeName(visit),
      decision: trail.decision,
      reason: trail.reason,
      status,
      ms: Math.round(ms * 100) / 100,
      peer: visit.client.address,
      ...(withSubject &&
        trail.session && { subject: trail.session.identity.subject, user: trail.session.identity.user }),
      ...(trail.session && { session: trail.session.id }),
      ...(trail.failure && { failure: trail.failure }),
      ...(!completed && { completed }),
    },
    'access',
  )
}

/** The route's name, or a word that no route can have. */
export function routeName({ room }: Visit): string {
  return room.kind === 'route' ? room.route.name : room.kind === 'own' ? '(own)' : '(none)'
}
