// What a process says when it ends by a fault that nobody caught.
import { describe } from '../core/errors.ts'
import type { Log } from '../core/log.ts'

/** A fault that nobody caught ends the process, but not with Node's own report: the objects in it may carry tokens. */
export function lastWords(log: Log): void {
  process.on('uncaughtException', error => {
    log.error({ error: describe(error) }, 'fault, the process ends')
    process.exit(70)
  })
}
