import fc from 'fast-check'
import t from 'tap'
import type { Asker } from '../../src/proxy/asking.ts'
import { AnswerReader } from '../../src/proxy/http1-answer.ts'
import { type Scene, soundScenes, spoiltScenes } from '../fuzz/scenes.ts'

/** What was told, with the body in one piece, and how it ended. */
type Told = { informational: unknown[]; head?: unknown; body: string; trailers?: unknown; end: unknown; restMs: number }

function tell({ method = 'GET', pieces, ends = true }: Partial<Scene> & Pick<Scene, 'pieces'>): Told {
  const told: Told = { informational: [], body: '', end: 'part', restMs: 0 }
  const asker: Asker = {
    onInformational: (status, fields) => void told.informational.push([status, fields]),
    onHead: (status, fields) => Object.assign(told, { head: [status, fields] }),
    onBody: part => Object.assign(told, { body: told.body + part.toString('latin1') }),
    onEnd: trailers => Object.assign(told, { trailers: [...trailers] }),
    onFailure: () => t.fail('a reader tells of no failures'),
  }
  const reader = new AnswerReader()
  reader.begin(method, asker)
  for (const piece of pieces) if (told.end === 'part') told.end = reader.read(Buffer.from(piece, 'latin1'))
  if (told.end === 'part' && ends) told.end = reader.end({ byReset: false })
  return { ...told, restMs: reader.restMs }
}

t.test('informational answers, a head, a body and its trailers are told in turn', async t => {
  const bytes =
    'HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nX: 1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n'
  t.strictSame(tell({ pieces: [bytes] }), {
    informational: [[103, ['Link', '</a>']]],
    head: [200, ['X', '1', 'Transfer-Encoding', 'chunked']],
    body: 'hi',
    trailers: ['X-Sum', '1'],
    end: 'whole',
    restMs: 4000,
  })
})

t.test('an answer that ends with its connection is whole then; any other is cut off', async t => {
  t.match(tell({ pieces: ['HTTP/1.1 200 OK\r\n\r\nall'] }), { body: 'all', trailers: [], end: 'whole', restMs: 0 })
  for (const bytes of [
    '',
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhalf',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n',
    'HTTP/1.1 103 Early\r\n\r\n',
  ])
    t.match(tell({ pieces: [bytes] }), { trailers: undefined, end: { found: String } }, JSON.stringify(bytes))
})

t.test('nobody asks for a 100 or a 101, and HTTP/1.0 has no informational answers (d-23)', async t => {
  for (const line of ['HTTP/1.1 100 Continue', 'HTTP/1.1 101 Switching Protocols', 'HTTP/1.0 102 Processing'])
    t.match(tell({ pieces: [`${line}\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n`] }), {
      head: undefined,
      end: { found: /nobody had asked/ },
    })
})

t.test('bytes behind an answer are told to nobody, and the connection does not rest (Q-15, d-22)', async t => {
  const whole = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'
  t.match(tell({ pieces: [whole] }), { body: 'hi', end: 'whole', restMs: 4000 })
  t.match(tell({ pieces: [`${whole}x`] }), { body: 'hi', end: 'whole', restMs: 0 })
  t.match(tell({ pieces: [`${whole}x`], method: 'HEAD' }), { body: '', end: 'whole', restMs: 0 })
})

t.test('whoever has lost interest is told nothing more', async t => {
  const reader = new AnswerReader()
  const told: string[] = []
  const unexpected = () => t.fail('told all the same')
  reader.begin('GET', {
    onInformational: unexpected,
    onHead() {
      told.push('head')
      reader.forget()
    },
    onBody: unexpected,
    onEnd: unexpected,
    onFailure: unexpected,
  })
  reader.read(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'))
  t.strictSame(told, ['head'])
})

t.test('however the bytes are cut, the same is told', async t => {
  for (const scenes of [soundScenes, spoiltScenes])
    fc.assert(
      fc.property(scenes, scene => {
        const whole = { ...scene, pieces: [scene.pieces.join('')] }
        // What follows in a later piece is the business of a connection at rest.
        const restMs = 0
        t.strictSame({ ...tell(scene), restMs }, { ...tell(whole), restMs }, JSON.stringify(scene))
      }),
      { numRuns: 300 },
    )
})

t.test('nothing well-formed is refused', async t => {
  fc.assert(fc.property(soundScenes, scene => t.equal(tell(scene).end, 'whole', JSON.stringify(scene))))
})
