// The admin listener: liveness, readiness with reasons, metrics. Its own Fastify instance, never on the public port.
import fastify, { type FastifyInstance } from 'fastify'
import type { Metrics } from './metrics.ts'
import { noSchemas } from './no-schemas.ts'
import { newRequestId } from './request-id.ts'

export type Readiness = { readonly ready: boolean; readonly reasons: readonly string[] }

/** Of one process, or of several together. */
export type Numbers = Pick<Metrics, 'contentType' | 'text'>

export function adminApp(numbers: Numbers, readiness: () => Readiness | Promise<Readiness>): FastifyInstance {
  const app = fastify({
    ...noSchemas,
    logger: false,
    forceCloseConnections: true,
    genReqId: newRequestId,
  })
  app.get('/livez', async () => ({ status: 'alive' }))
  app.get('/readyz', async (_, reply) => {
    const { ready, reasons } = await readiness()
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', reasons })
  })
  app.get('/metrics', async (_, reply) => reply.type(numbers.contentType).send(await numbers.text()))
  return app
}
