// The admin listener: liveness, readiness with reasons, metrics. Its own Fastify instance, never on the public port.
import { randomBytes } from 'node:crypto'
import fastify, { type FastifyInstance } from 'fastify'
import type { Metrics } from './metrics.ts'
import { noSchemas } from './no-schemas.ts'

export type Readiness = { readonly ready: boolean; readonly reasons: readonly string[] }

export function adminApp(metrics: Metrics, readiness: () => Readiness): FastifyInstance {
  const app = fastify({
    ...noSchemas,
    logger: false,
    forceCloseConnections: true,
    genReqId: () => randomBytes(12).toString('base64url'),
  })
  app.get('/livez', async () => ({ status: 'alive' }))
  app.get('/readyz', async (_, reply) => {
    const { ready, reasons } = readiness()
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', reasons })
  })
  app.get('/metrics', async (_, reply) => reply.type(metrics.contentType).send(await metrics.text()))
  return app
}
