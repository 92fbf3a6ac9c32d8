// The desk behind the admin listener: liveness, readiness and numbers, and the session API for whoever bears its key.
import type { FastifyInstance } from 'fastify'
import { type Administration, sessionApi } from './admin/session-api.ts'
import { adminApp, type Numbers, type Readiness } from './http/admin.ts'

export type DeskOrders = {
  readonly numbers: Numbers
  readiness(): Readiness | Promise<Readiness>
  readonly administration: Administration
}

/** Ready for a listener. */
export async function setUpDesk({ numbers, readiness, administration }: DeskOrders): Promise<FastifyInstance> {
  const app = adminApp(numbers, readiness)
  app.register(async api => sessionApi(api, administration))
  await app.ready()
  return app
}
