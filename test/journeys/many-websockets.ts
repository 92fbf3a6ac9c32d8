// The short form of `npm run soak:websockets`.
import t from 'tap'
import { crowdOfWebsockets } from '../support/many-websockets.ts'

const COUNT = 2000
/** What a websocket may cost the gateway: two sockets, and what joins them. */
const MOST_BYTES_EACH = 50_000

t.test('two thousand websockets are open at once, cost little, and keep nobody else waiting', async t => {
  const { open, heard, before, full, statuses, leftOpen } = await crowdOfWebsockets(t, COUNT)
  t.equal(open, COUNT)
  t.equal(heard, COUNT)
  t.ok((full - before) / COUNT < MOST_BYTES_EACH, `${Math.round((full - before) / COUNT)} bytes each`)
  t.ok(statuses.length > 5)
  t.same(new Set(statuses), new Set([204]))
  t.ok(leftOpen <= 10, `${leftOpen} files are left open`)
})
