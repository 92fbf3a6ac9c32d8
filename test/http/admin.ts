import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { adminApp, type Readiness } from '../../src/http/admin.ts'
import { makeMetrics } from '../../src/http/metrics.ts'

const world = async (t: Test, readiness: () => Readiness = () => ({ ready: true, reasons: [] })) => {
  const metrics = makeMetrics()
  const app = adminApp(metrics, readiness)
  t.teardown(() => app.close())
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  return { metrics, ask: (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init) }
}

t.test('alive is whoever answers, ready only who has no reason against it', async t => {
  let reasons: string[] = []
  const { ask } = await world(t, () => ({ ready: reasons.length === 0, reasons }))
  t.same(await (await ask('/livez')).json(), { status: 'alive' })
  const ready = await ask('/readyz')
  t.equal(ready.status, 200)
  t.same(await ready.json(), { status: 'ready', reasons: [] })

  reasons = ['provider "corp": discovery failed']
  const waiting = await ask('/readyz')
  t.equal(waiting.status, 503)
  t.same(await waiting.json(), { status: 'not ready', reasons })
  t.equal((await ask('/livez')).status, 200)
})

t.test('the metrics are what Prometheus reads: each sample has its type, and is a number', async t => {
  const { ask, metrics } = await world(t)
  metrics.login('with "quotes" and \\', 'started')
  const answer = await ask('/metrics')
  t.match(answer.headers.get('content-type'), /^text\/plain; version=0\.0\.4/)
  const lines = (await answer.text()).split('\n')
  const types = new Map(
    lines.flatMap(line => (line.startsWith('# TYPE ') ? [line.split(' ').slice(2, 4) as [string, string]] : [])),
  )
  for (const name of ['sallyport_requests_total', 'sallyport_request_duration_seconds', 'sallyport_sessions'])
    t.ok(types.has(name), name)
  const label = '[a-zA-Z_]\\w*="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"'
  const sample = new RegExp(`^([a-zA-Z_:][\\w:]*)(?:\\{${label}(?:,${label})*\\})? (?:-?[\\d.e+-]+|NaN|Nan|[+-]Inf)$`)
  for (const line of lines.filter(line => line !== '' && !line.startsWith('#'))) {
    const name = sample.exec(line)?.[1] ?? ''
    t.ok(types.has(name) || types.has(name.replace(/_(?:bucket|sum|count|total)$/, '')), line)
  }
})

t.test('there is nothing else, and nothing can be changed (L-05)', async t => {
  const { ask } = await world(t)
  for (const path of ['/', '/health', '/config', '/livez/x', '/_sallyport/me', '/debug/pprof', '/metrics/../config'])
    t.equal((await ask(path)).status, 404, path)
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])
    t.equal((await ask('/livez', { method })).status, 404, method)
})
