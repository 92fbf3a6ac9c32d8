import t from 'tap'
import { newRequestId } from '../../src/http/request-id.ts'

t.test('no two are equal, over the edge of a draw too, and each is 16 characters that need no quoting', async t => {
  const ids = Array.from({ length: 1000 }, newRequestId)
  t.equal(new Set(ids).size, 1000)
  t.ok(ids.every(id => /^[A-Za-z0-9_-]{16}$/.test(id)))
})
