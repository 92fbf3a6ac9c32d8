// Upgrades go the same way as requests: front door, decision, corridor. Only then is the upstream dialled, and only a verified 101 opens the tunnel.
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { refuse } from '../access/answer.ts'
import { describe, SallyportError } from '../core/errors.ts'
import type { Route } from '../core/route.ts'
import { type Answer, withCookies } from '../http/answer.ts'
import { deliver, responseOn } from '../http/deliver.ts'
import { failureAnswer, refusalAnswer, targetAnswer, thrownAnswer } from '../http/failure.ts'
import { noPlace, tooManyAnswer } from '../http/too-many.ts'
import type { Address, Visit } from '../http/visit.ts'
import { depart } from './depart.ts'
import type { Admitted, Gate } from './gated.ts'
import { type Opened, openTunnel, type Tunnel } from './tunnel.ts'
import { upgradeProblem } from './upgrade-request.ts'
import { type Watch, watch } from './watch.ts'

export type Upgrade = {
  readonly visit: Visit
  readonly raw: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
}

/** What the client was told, and what is open to it since. */
export type Received = { readonly status: number; readonly tunnel?: Tunnel }

export async function receiveUpgrade(upgrade: Upgrade, gate: Gate): Promise<Received> {
  const { visit, raw, socket } = upgrade
  const client = watch(socket)
  const answer = await letIn(upgrade, client, gate).catch(error => failed(visit, error))
  client.stop()
  if (!('body' in answer)) return answer
  deliver(visit, responseOn(raw, socket), answer)
  return { status: answer.status }
}

function failed(visit: Visit, error: unknown): Answer {
  visit.trail.failure ??= describe(error)
  return thrownAnswer(visit, error)
}

async function letIn(upgrade: Upgrade, client: Watch, gate: Gate): Promise<Answer | Received> {
  const { visit, raw } = upgrade
  if (visit.room.kind === 'refused') return refusalAnswer(visit)
  if (visit.room.kind === 'own' || !visit.room.route.websocket) return failureAnswer(visit, 'upgrade-refused')
  const { route, address } = visit.room
  const problem = upgradeProblem(raw, address.origin)
  if (problem) return failureAnswer(visit, problem)
  const admission = await gate.admit({ visit, route, host: address.host, now: gate.now() })
  if (admission.decision.kind !== 'forward') return refuse(admission, { visit, address, ownPrefix: gate.ownPrefix })
  // As with requests: who has left meanwhile asks for nothing any more.
  if (client.hasLeft) throw new SallyportError('upgrade-refused', 'the client has left')
  const { decision, setCookies } = admission
  const answer = await forward(upgrade, { route, address, client, decision, setCookies }, gate).catch(e =>
    failed(visit, e),
  )
  // As with requests: whatever goes wrong behind the decision, what it brought is kept.
  return 'body' in answer ? withCookies(answer, setCookies) : answer
}

type Entering = Admitted & { readonly route: Route; readonly address: Address; readonly client: Watch }

async function forward(
  { visit, raw, socket, head }: Upgrade,
  { route, address, client, decision, setCookies }: Entering,
  gate: Gate,
): Promise<Answer | Received> {
  const leaving = depart({ visit, raw, route, address, session: decision.session, now: gate.now() }, gate.corridor)
  if (!leaving.ok) return targetAnswer(visit, leaving.problem)
  const place = gate.shares.take('websocket', { visit, route, session: decision.session })
  if (place === undefined) return tooManyAnswer(visit, noPlace('open-websockets'))
  const stream = gate.streams.enter({ visit, address }, decision)
  const order = {
    route,
    request: leaving.request,
    raw,
    socket,
    head,
    client,
    visitor: { scheme: address.scheme, host: address.authority },
    extraSetCookies: setCookies,
    isOwnCookie: gate.isOwnCookie,
    stream,
  }
  return whileOpen(openTunnel(order), () => {
    gate.streams.leave(stream)
    gate.shares.giveBack(place)
  })
}

/** What could not be opened is over, and what was opened when it closes. */
async function whileOpen(opening: Promise<Opened>, over: () => void): Promise<Opened> {
  try {
    const opened = await opening
    opened.tunnel.closed.then(over)
    return opened
  } catch (error) {
    over()
    throw error
  }
}
