// The session API on the admin listener: whoever bears the key sees who is signed in, and ends it. Every act leaves a line in the log.
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Log, LogFacts } from '../core/log.ts'
import type { Secret } from '../core/secret.ts'
import { jsonAnswer, withHeaders } from '../http/answer.ts'
import type { Sessions } from '../session/sessions.ts'
import { failed, give, misread, notListed, problem, shown } from './answers.ts'
import { bearerProblem } from './bearer.ts'
import { endEverySession } from './end.ts'
import { readEndWish, readListWish, readNotBeforeWish } from './wishes.ts'

/** A reload may change the key, the store, and whether it can list. */
export type Administration = {
  /** Undefined: there is no session API. */
  key(): Secret | undefined
  sessions(): Sessions
  /** False where only the browsers know their sessions. */
  canList(): boolean
  readonly log: Log
  readonly now: () => number
}

const MOST_BODY_BYTES = 16 * 1024

export function sessionApi(app: FastifyInstance, administration: Administration): void {
  const { log, now } = administration
  const sessions = () => administration.sessions()
  app.addHook('onRequest', async (request, reply) => onlyBearer(request, reply, administration))
  app.setErrorHandler((error: FastifyError, request, reply) => give(reply, failed(error, request, log)))

  app.get('/sessions', async (request, reply) => {
    const asked = readListWish(request.query)
    if (!asked.ok) return give(reply, misread(asked, request))
    if (!administration.canList()) return give(reply, notListed(request))
    const { filter, ...page } = asked.wish
    const found = await sessions().list(filter, page)
    act(request, log, 'list sessions', { ...filter, listed: found.sessions.length })
    return give(reply, jsonAnswer(200, { sessions: found.sessions.map(shown), cursor: found.cursor ?? null }))
  })

  app.delete<{ Params: { id: string } }>('/sessions/:id', async (request, reply) => {
    const { id } = request.params
    const ended = await sessions().endWhere({ id }, now() + 1)
    act(request, log, 'end session', { session: id, ended })
    // Where only the browsers know, it is over now if it ever was.
    if (ended.length > 0 || !administration.canList()) return give(reply, jsonAnswer(200, { ended }))
    return give(reply, problem(request, 'not-found', 'There is no such session.'))
  })

  app.post('/sessions/end', { bodyLimit: MOST_BODY_BYTES }, async (request, reply) => {
    const asked = readEndWish(request.body)
    if (!asked.ok) return give(reply, misread(asked, request))
    if ('user' in asked.wish && !administration.canList()) return give(reply, notListed(request))
    const ended = await endEverySession(sessions(), asked.wish, now() + 1)
    act(request, log, 'end sessions', { ...asked.wish, ended })
    return give(reply, jsonAnswer(200, { ended }))
  })

  app.post('/not-before', { bodyLimit: MOST_BODY_BYTES }, async (request, reply) => {
    const asked = readNotBeforeWish(request.body, now())
    if (!asked.ok) return give(reply, misread(asked, request))
    const { issuer, subject, at } = asked.wish
    const notBefore = new Date(at).toISOString()
    const ended = await sessions().notBefore(issuer, subject, at)
    act(request, log, 'not before', { issuer, subject, notBefore, ended })
    return give(reply, jsonAnswer(200, { issuer, subject, notBefore, ended }))
  })
}

/** Without a key in the configuration nothing is here, and the answer is the one of any unknown path. */
function onlyBearer(
  request: FastifyRequest,
  reply: FastifyReply,
  { key, log }: Administration,
): FastifyReply | undefined {
  const wanted = key()
  if (!wanted) {
    reply.callNotFound()
    return reply
  }
  const found = bearerProblem(request.headers.authorization, wanted)
  if (!found) return undefined
  log.warn({ request: request.id, peer: request.ip, found }, 'administration refused')
  // RFC 6750 3: the error is named only where something was sent.
  const challenge = `Bearer realm="sallyport"${found === 'wrong key' ? ', error="invalid_token"' : ''}`
  return give(reply, withHeaders(problem(request, 'unauthenticated'), [['WWW-Authenticate', challenge]]))
}

const act = (request: FastifyRequest, log: Log, what: string, facts: LogFacts): void =>
  log.info({ request: request.id, peer: request.ip, act: what, ...facts }, 'administration')
