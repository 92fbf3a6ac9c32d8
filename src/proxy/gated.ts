// The gated room: nobody gets in without a decision, whoever may pass is handed to the route's lane.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Admission, Asking } from '../access/admit.ts'
import { refuse } from '../access/answer.ts'
import type { Guest, Parting } from '../access/second-look.ts'
import type { Decision } from '../core/decide.ts'
import { describe, SallyportError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Route } from '../core/route.ts'
import { withCookies } from '../http/answer.ts'
import { deliver, deliverFailure } from '../http/deliver.ts'
import { targetAnswer } from '../http/failure.ts'
import { noPlace, tooManyAnswer } from '../http/too-many.ts'
import type { Address, FrontDoor, Visit } from '../http/visit.ts'
import { type Corridor, depart } from './depart.ts'
import { lanes } from './lanes.ts'
import type { OpenStreams } from './open-streams.ts'
import type { Shares } from './shares.ts'
import type { Upstreams } from './upstreams.ts'

export type Gate = {
  readonly door: FrontDoor
  readonly ownPrefix: string
  /** Load the session, ask the one decision. */
  admit(asking: Asking): Promise<Admission>
  isOwnCookie(name: string): boolean
  readonly corridor: Corridor
  readonly upstreams: Upstreams
  readonly streams: OpenStreams
  readonly shares: Shares
  readonly bodyBytes: number | undefined
  /** Some route's lane stands on undici. */
  readonly usesUndici: boolean
  readonly methods: readonly string[]
  readonly log: Log
  readonly now: () => number
}

/** Whoever may pass, and what the answer must bring to the browser. */
export type Admitted = Pick<Admission, 'setCookies'> & { readonly decision: Extract<Decision, { kind: 'forward' }> }

export async function gated(app: FastifyInstance, gate: Gate): Promise<void> {
  const admissions = new WeakMap<object, Admission>()
  // Bodies are streams from end to end: nothing here may parse or bound one by its type.
  app.removeAllContentTypeParsers()

  // Before the body is read: an upload without a session is refused at its first byte.
  app.addHook('onRequest', async (request, reply) => {
    const { visit, route, address } = at(request, gate)
    const admission = await gate.admit({ visit, route, host: address.host, now: gate.now() })
    if (admission.decision.kind === 'forward') admissions.set(request.raw, admission)
    else deliver(visit, reply.hijack().raw, refuse(admission, { visit, address, ownPrefix: gate.ownPrefix }))
  })

  // Whoever was let in keeps what that brought, whatever goes wrong behind: after a refresh no older ticket is good for long.
  app.setErrorHandler((error, request, reply) => {
    const { setCookies = [] } = admissions.get(request.raw) ?? {}
    const visit = gate.door.receive(request.raw)
    deliverFailure({ visit, res: reply.hijack().raw, error, log: gate.log, setCookies })
  })

  const handler = (request: FastifyRequest, reply: FastifyReply) =>
    takePlace(request, reply, admissions.get(request.raw), gate)
  if (gate.usesUndici) await mountHttpProxy(app, handler, gate.methods)
  else app.route({ method: [...gate.methods], url: '/', handler })
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<void>

/** The mount of the lane on undici, which it brings along: whoever does without that lane does without either. */
async function mountHttpProxy(app: FastifyInstance, handler: Handler, methods: readonly string[]): Promise<void> {
  const { default: httpProxy } = await import('@fastify/http-proxy')
  // Only its mount and its documented `handler` are used; no request ever goes to this name.
  app.register(httpProxy, {
    upstream: 'http://upstream.invalid',
    disableCache: true,
    httpMethods: [...methods],
    handler,
  })
}

async function takePlace(
  request: FastifyRequest,
  reply: FastifyReply,
  admission: Admission | undefined,
  gate: Gate,
): Promise<void> {
  const { visit, route } = at(request, gate)
  if (admission?.decision.kind !== 'forward')
    throw new SallyportError('internal', 'a visit without an admission reached the corridor')
  // Whoever has left meanwhile, while a session was refreshed say, asks for nothing any more.
  if (reply.raw.destroyed) return void reply.hijack()
  const { decision, setCookies } = admission
  const place = gate.shares.take('request', { visit, route, session: decision.session })
  if (place === undefined) {
    const answer = tooManyAnswer(visit, noPlace('open-requests'))
    return deliver(visit, reply.hijack().raw, withCookies(answer, setCookies))
  }
  await forward(request, reply, { decision, setCookies }, gate).finally(() => gate.shares.giveBack(place))
}

async function forward(request: FastifyRequest, reply: FastifyReply, admission: Admitted, gate: Gate): Promise<void> {
  const { visit, route, address } = at(request, gate)
  const { raw: req } = request
  const leaving = depart(
    { visit, raw: req, route, address, session: admission.decision.session, now: gate.now() },
    gate.corridor,
  )
  if (!leaving.ok)
    return deliver(visit, reply.hijack().raw, withCookies(targetAnswer(visit, leaving.problem), admission.setCookies))
  // RFC 9110 10.1.1: an HTTP/1.0 client knows no 100.
  if (req.headers.expect !== undefined && req.httpVersion === '1.1') reply.raw.writeContinue()
  const stream = gate.streams.enter({ visit, address }, admission.decision)
  const passage = await lanes[route.lane]({
    route,
    request: leaving.request,
    upstreams: gate.upstreams,
    req,
    res: reply.raw,
    extraSetCookies: admission.setCookies,
    isOwnCookie: gate.isOwnCookie,
    visitor: { scheme: address.scheme, host: address.authority },
    bodyBytes: gate.bodyBytes,
    stream,
  }).finally(() => gate.streams.leave(stream))
  if (passage.kind === 'broken') visit.trail.failure ??= describe(passage.error)
  else if (passage.kind !== 'relayed') visit.trail.failure ??= passage.kind
  reply.hijack()
  if (stream?.parting && !reply.raw.headersSent)
    turnOut(stream, stream.parting, reply, { ...gate, setCookies: admission.setCookies })
}

type Exit = Pick<Gate, 'ownPrefix'> & Pick<Admission, 'setCookies'>

/** Nothing had been answered when the visit had to end, so the visitor is told what it would be told at the door. */
function turnOut(
  guest: Guest,
  { refusal }: Parting,
  { raw: res }: FastifyReply,
  { ownPrefix, setCookies }: Exit,
): void {
  if (!refusal) return void res.destroy()
  // The ticket of a session that is over must not come late, in the place of a newer one.
  const admission = { decision: refusal, setCookies: refusal.kind === 'forbid' ? setCookies : [] }
  deliver(guest.visit, res, refuse(admission, { ...guest, ownPrefix }))
}

function at(request: FastifyRequest, { door }: Gate): { visit: Visit; route: Route; address: Address } {
  const visit = door.receive(request.raw)
  if (visit.room.kind !== 'route') throw new SallyportError('internal', 'a visit to no route reached the gated room')
  return { visit, route: visit.room.route, address: visit.room.address }
}
