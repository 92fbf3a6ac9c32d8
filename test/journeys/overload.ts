import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { keepBlocking } from '../support/block.ts'
import { startGate } from '../support/gate.ts'
import { startUpstream } from '../support/upstream.ts'

t.test('a gateway that cannot keep up says that it is not ready, and takes it back by itself', async t => {
  const upstream = await startUpstream(t)
  const { gate, browser } = await startGate(t, {
    routes: [{ upstream: `http://127.0.0.1:${upstream.port}`, public: true }],
    settings: { admin: { listen: '127.0.0.1:0', eventLoopDelay: '200ms' } },
  })
  const readiness = async () => {
    const answer = await fetch(`http://127.0.0.1:${gate.adminPort}/readyz`)
    const { reasons } = (await answer.json()) as { readonly reasons: readonly string[] }
    return { status: answer.status, reasons }
  }
  const becomes = async (status: number) => {
    for (let patience = 100; patience > 0 && (await readiness()).status !== status; patience--) await pause(100)
    return readiness()
  }
  t.match(await becomes(200), { status: 200 })
  const stop = keepBlocking(300)
  t.teardown(stop)
  t.match(await becomes(503), { status: 503, reasons: [/^the event loop is \d+ ms late/] })
  const metrics = await (await fetch(`http://127.0.0.1:${gate.adminPort}/metrics`)).text()
  t.match(metrics, /^sallyport_event_loop_delay_seconds 0\.[2-9]/m)
  t.equal((await browser.get('/')).status, 200, 'whoever comes is still served')
  stop()
  t.match(await becomes(200), { status: 200, reasons: [] })
})
