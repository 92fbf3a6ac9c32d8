// The reception desk: our own endpoints under the prefix, one line each. An unknown one is our 404 and never an upstream's.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { deliver } from '../http/deliver.ts'
import type { FrontDoor } from '../http/visit.ts'
import { backchannelLogout } from './backchannel-logout.ts'
import { getCallback, postCallback } from './callback.ts'
import { readForm } from './form.ts'
import { frontchannelLogout } from './frontchannel-logout.ts'
import { jwks } from './jwks.ts'
import { login } from './login.ts'
import { getLogout, postLogout } from './logout.ts'
import { me } from './me.ts'
import type { Endpoint, Reception } from './reception.ts'
import { getSessions, postEndSessions } from './sessions.ts'
import { signedOut } from './signed-out.ts'
import { getStart, postStart } from './start.ts'

export type Desk = { readonly door: FrontDoor; readonly reception: Reception }

export function endpoints(app: FastifyInstance, { door, reception }: Desk): void {
  const at = (endpoint: Endpoint) => async (request: FastifyRequest, reply: FastifyReply) => {
    const visit = door.receive(request.raw)
    if (visit.room.kind !== 'own') throw new Error('a visit to no endpoint of ours reached one')
    const { address } = visit.room
    const params = new URLSearchParams(address.target.query)
    const form = () => readForm(request.raw, reply.raw)
    const answer = await endpoint({ visit, address, raw: request.raw, params, form }, reception)
    deliver(visit, reply.hijack().raw, answer)
  }
  app.get('/login', at(login))
  for (const path of ['/callback', '/callback/:provider']) {
    app.get(path, at(getCallback))
    app.post(path, at(postCallback))
  }
  app.get('/start', at(getStart))
  app.post('/start', at(postStart))
  app.get('/logout', at(getLogout))
  app.post('/logout', at(postLogout))
  app.post('/backchannel-logout', at(backchannelLogout))
  app.get('/frontchannel-logout', at(frontchannelLogout))
  app.get('/signed-out', at(signedOut))
  app.get('/me', at(me))
  app.get('/sessions', at(getSessions))
  app.post('/sessions/end', at(postEndSessions))
  app.get('/jwks.json', at(jwks))
}
