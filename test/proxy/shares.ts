import t from 'tap'
import type { Upstream } from '../../src/core/route.ts'
import { Turnstile } from '../../src/http/turnstile.ts'
import { type Claim, makeShares } from '../../src/proxy/shares.ts'
import { head, routeTo, serverSettings, visitOf } from '../support/visits.ts'

const limits = { ...serverSettings().limits, requestsPerVisitor: 1, websocketsPerVisitor: 1 }

const at = (address: Upstream['address']): Upstream => ({ scheme: 'http', address, authority: 'app', tls: {} })

t.test('routes to one upstream share its places; another upstream has its own, and so have websockets', async t => {
  const turnstile = new Turnstile()
  const shares = makeShares(turnstile, limits)
  const visit = await visitOf(t, head('GET /'))
  const to = (upstream: Upstream, name = 'a'): Claim => ({
    visit,
    route: routeTo({ name, upstream }),
    session: undefined,
  })
  const app = at({ host: '127.0.0.1', port: 80 })
  const place = shares.take('request', to(app))
  t.type(place, 'string')
  t.equal(shares.take('request', to(app, 'b')), undefined)
  t.ok(shares.take('websocket', to(app)))
  t.ok(shares.take('request', to(at({ host: '127.0.0.1', port: 81 }))))
  t.ok(shares.take('request', to(at({ socketPath: '/run/app.sock' }))))
  shares.giveBack(place ?? '')
  t.ok(shares.take('request', to(app, 'b')))
  t.equal(makeShares(turnstile, limits).take('request', to(app)), undefined, 'a reload does not forget who is inside')
})
