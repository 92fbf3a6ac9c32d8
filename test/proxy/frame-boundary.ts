import { randomBytes } from 'node:crypto'
import t from 'tap'
import { closeFrame, FrameBoundary } from '../../src/proxy/frame-boundary.ts'

/** A frame as RFC 6455 5.2 draws it. */
function frame(opcode: number, length: number, { masked = false, final = true } = {}): Buffer {
  const extended = Buffer.alloc(length < 126 ? 0 : length < 65_536 ? 2 : 8)
  if (extended.length === 2) extended.writeUInt16BE(length)
  if (extended.length === 8) extended.writeBigUInt64BE(BigInt(length))
  const short = length < 126 ? length : extended.length === 2 ? 126 : 127
  const head = Buffer.from([(final ? 0x80 : 0) | opcode, (masked ? 0x80 : 0) | short])
  return Buffer.concat([head, extended, randomBytes((masked ? 4 : 0) + length)])
}

t.test('between frames of every length there is room, inside of them there is none, however the bytes are cut', t => {
  for (const masked of [false, true])
    for (const length of [0, 1, 125, 126, 65_535, 65_536, 200_000]) {
      const bytes = frame(2, length, { masked })
      for (const step of [1, 2, 3, 1000, bytes.length]) {
        const boundary = new FrameBoundary()
        const openAt: number[] = []
        for (let at = 0; at < bytes.length; at += step) {
          boundary.pass(bytes.subarray(at, at + step))
          if (boundary.isOpen) openAt.push(at + step)
        }
        t.ok(openAt.length === 1 && Number(openAt[0]) >= bytes.length, `${length} bytes in steps of ${step}`)
      }
    }
  t.end()
})

t.test('several frames in one piece, and the beginning of another', t => {
  const boundary = new FrameBoundary()
  t.ok(boundary.isOpen, 'before the first')
  boundary.pass(Buffer.concat([frame(1, 5), frame(9, 0), frame(2, 70_000)]))
  t.ok(boundary.isOpen)
  boundary.pass(Buffer.concat([frame(1, 5), frame(1, 5).subarray(0, 1)]))
  t.notOk(boundary.isOpen)
  t.end()
})

t.test('a close frame may stand between the fragments of a message, but not behind another close frame', t => {
  const boundary = new FrameBoundary()
  boundary.pass(frame(1, 5, { final: false }))
  t.ok(boundary.isOpen)
  boundary.pass(frame(0, 5))
  boundary.pass(closeFrame(1000, 'bye'))
  t.notOk(boundary.isOpen)
  boundary.pass(frame(1, 0))
  t.notOk(boundary.isOpen)
  t.end()
})

t.test('a length that nobody will ever send is never at its end', t => {
  const boundary = new FrameBoundary()
  boundary.pass(Buffer.from([0x82, 0x7f, ...Array(8).fill(0xff)]))
  boundary.pass(Buffer.alloc(1_000_000))
  t.notOk(boundary.isOpen)
  t.end()
})

t.test('our close frame is a final, unmasked one with a status and words', t => {
  t.same(closeFrame(1008, 'session ended'), Buffer.from('\x88\x0f\x03\xf0session ended', 'latin1'))
  t.end()
})
