import t from 'tap'
import { LengthBody, RestBody } from '../../src/proxy/http1-body.ts'

t.test('a body of a known length takes no byte more', async t => {
  const body = new LengthBody(5)
  const taken: string[] = []
  const take = (part: Buffer) => void taken.push(part.toString())
  t.equal(body.read(Buffer.from('..abc'), 2, take), 5)
  t.notOk(body.whole)
  t.equal(body.read(Buffer.alloc(0), 0, take), 0)
  t.equal(body.read(Buffer.from('defgh'), 0, take), 2)
  t.ok(body.whole)
  t.strictSame(taken, ['abc', 'de'])
})

t.test('a body without a length takes all there is, and is whole only when the connection ends', async t => {
  const body = new RestBody()
  const taken: string[] = []
  t.equal(
    body.read(Buffer.from('head body'), 5, part => void taken.push(part.toString())),
    9,
  )
  t.strictSame([taken, body.whole, body.endsWithConnection], [['body'], false, true])
})

t.test('nothing is copied', async t => {
  const bytes = Buffer.from('head body')
  new LengthBody(4).read(bytes, 5, part => t.equal(part.buffer, bytes.buffer))
  new RestBody().read(bytes, 5, part => t.equal(part.buffer, bytes.buffer))
})
