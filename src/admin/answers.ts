// What administrators read: sessions without anything that opens them, and problems that say what is wanted.
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { browserName } from '../core/browser-name.ts'
import { describe, type ErrorCode, SallyportError, sentenceOf, statusOf } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { SessionSummary } from '../core/session.ts'
import { type Answer, problemAnswer, send, withHeaders } from '../http/answer.ts'
import type { Reading } from './wishes.ts'

/** What is said of a session: nothing that opens anything, and no claim beyond its names. */
export function shown({ device, startedAt, seenAt, id, user, subject, issuer, provider }: SessionSummary): object {
  return {
    ...{ id, user, subject, issuer, provider },
    browser: browserName(device.browser),
    userAgent: device.browser,
    address: device.address,
    startedAt: new Date(startedAt).toISOString(),
    seenAt: new Date(seenAt).toISOString(),
  }
}

export const problem = (request: FastifyRequest, code: ErrorCode, detail?: string): Answer =>
  problemAnswer(
    { status: statusOf(code), code, sentence: sentenceOf(code), requestId: request.id },
    detail === undefined ? {} : { detail },
  )

export const misread = ({ wanted }: Reading<unknown> & { ok: false }, request: FastifyRequest): Answer =>
  problem(request, 'request-malformed', `Wanted: ${wanted}.`)

export const notListed = (request: FastifyRequest): Answer =>
  problemAnswer(
    {
      status: 409,
      code: 'not-listed',
      sentence: 'Sessions are kept by browsers here, so nobody can list them.',
      requestId: request.id,
    },
    { detail: 'Name "issuer" and "subject": all sessions of that person can be ended.' },
  )

export function failed(error: FastifyError, request: FastifyRequest, log: Log): Answer {
  if (error instanceof SallyportError) {
    const after = error.retryAfterSeconds
    return withHeaders(problem(request, error.code), after === undefined ? [] : [['Retry-After', String(after)]])
  }
  if (error.statusCode && error.statusCode < 500)
    return problem(request, 'request-malformed', 'Wanted: a small JSON object with Content-Type application/json.')
  log.error({ request: request.id, error: describe(error) }, 'administration failed')
  return problem(request, 'internal')
}

export function give(reply: FastifyReply, answer: Answer): FastifyReply {
  send(reply.hijack().raw, answer, { close: false })
  return reply
}
