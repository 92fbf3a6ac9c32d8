import fastify from 'fastify'
import t from 'tap'
import { noSchemas } from '../../src/http/no-schemas.ts'

t.test('routes without a schema are served, one with a schema does not start', async t => {
  const app = fastify({ logger: false, ...noSchemas })
  t.teardown(() => app.close())
  app.get('/', async () => ({ status: 'alive' }))
  t.match(await app.inject('/'), { statusCode: 200, body: '{"status":"alive"}' })

  const strict = fastify({ logger: false, ...noSchemas })
  t.teardown(() => strict.close())
  strict.get('/', { schema: { querystring: { type: 'object' } } }, async () => 'unchecked')
  await t.rejects(async () => strict.ready(), /nobody here compiles one/)
})
