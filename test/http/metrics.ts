import t from 'tap'
import { makeMetrics } from '../../src/http/metrics.ts'
import { head, visitOf } from '../support/visits.ts'

t.test('requests are counted by route, decision, reason and class of status', async t => {
  const metrics = makeMetrics()
  const visit = await visitOf(t, head('GET /'))
  Object.assign(visit.trail, { decision: 'forward', reason: 'allowed' })
  for (const status of [200, 204, 503]) metrics.request({ visit, status, ms: 5, completed: true })
  const text = await metrics.text()
  const line = (status: string, count: number) =>
    `sallyport_requests_total{route="app",decision="forward",reason="allowed",status="${status}"} ${count}\n`
  t.ok(text.includes(line('2xx', 2)))
  t.ok(text.includes(line('5xx', 1)))
  t.ok(text.includes('sallyport_request_duration_seconds_count{route="app"} 3\n'))
  t.ok(text.includes('sallyport_request_duration_seconds_bucket{le="0.0025",route="app"} 0\n'))
  t.ok(text.includes('sallyport_request_duration_seconds_bucket{le="0.005",route="app"} 3\n'), 'in seconds')
})

t.test('strangers cannot make labels: hosts, paths and methods of theirs are none', async t => {
  const metrics = makeMetrics()
  for (const bytes of [
    head('GET /canary/../x'),
    head('CANARY /nowhere').replace('CANARY', 'PURGE'),
    'GET /canary HTTP/1.1\r\nHost: canary.test\r\n\r\n',
    head('GET /_sallyport/canary'),
  ])
    metrics.request({ visit: await visitOf(t, bytes), status: 404, ms: 1, completed: true })
  const text = await metrics.text()
  t.notMatch(text, /canary|PURGE/)
  t.match(text, 'sallyport_requests_total{route="(none)",decision="none",reason="none",status="4xx"} 2')
  t.match(text, 'sallyport_requests_total{route="(own)",decision="none",reason="none",status="4xx"} 1')
})

t.test('logins and reloads are counted by outcome, sessions when they are asked for', async t => {
  const metrics = makeMetrics()
  metrics.login('corp', 'started')
  metrics.login('corp', 'failed')
  metrics.reload('refused')
  t.match(await metrics.text(), 'sallyport_sessions Nan', 'a store that cannot tell does not say 0')
  let sessions = 3
  metrics.countSessions(() => sessions)
  const text = await metrics.text()
  t.match(text, 'sallyport_logins_total{provider="corp",outcome="started"} 1')
  t.match(text, 'sallyport_logins_total{provider="corp",outcome="failed"} 1')
  t.match(text, 'sallyport_reloads_total{outcome="refused"} 1')
  t.match(text, 'sallyport_sessions 3')
  sessions = 4
  t.match(await metrics.text(), 'sallyport_sessions 4')
})

t.test('open streams are counted when they are asked for, closed ones by reason', async t => {
  const metrics = makeMetrics()
  let open = new Map([['chat', 2]])
  metrics.countStreams(() => open)
  metrics.streamClosed('session-ended')
  const text = await metrics.text()
  t.match(text, 'sallyport_open_streams{route="chat"} 2')
  t.match(text, 'sallyport_streams_closed_total{reason="session-ended"} 1')
  open = new Map()
  t.notMatch(await metrics.text(), 'sallyport_open_streams{', 'a route without any is not kept')
})
