// The short form of `npm run soak:websockets`.
import t from 'tap'
import { crowdOfWebsockets } from '../support/many-websockets.ts'

const COUNT = 2000
/** Two sockets and what joins them take 20 to 40 KB, by what has just been collected; a buffer for each would take more than this. */
const MOST_BYTES_EACH = 100_000

t.test('two thousand websockets are open at once, cost little, and keep nobody else waiting', async t => {
  const { open, heard, before, full, statuses, leftOpen } = await crowdOfWebsockets(t, COUNT)
  t.equal(open, COUNT)
  t.equal(heard, COUNT)
  t.ok((full - before) / COUNT < MOST_BYTES_EACH, `${Math.round((full - before) / COUNT)} bytes each`)
  t.ok(statuses.length > 5)
  t.same(new Set(statuses), new Set([204]))
  t.ok(leftOpen <= 10, `${leftOpen} files are left open`)
})
