import fc from 'fast-check'
import t from 'tap'
import { makeBlockHeap } from '../../src/session/block-heap.ts'

const bytes = fc.uint8Array({ maxLength: 400 })

t.test('what is kept is read as it was, whatever came and went in between', async t => {
  const step = fc.record({ bytes, leaver: fc.nat(), leaves: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), steps => {
      const heap = makeBlockHeap()
      const kept: Array<{ readonly at: number; readonly bytes: Uint8Array }> = []
      for (const { bytes, leaver, leaves } of steps) {
        const [gone] = leaves ? kept.splice(leaver % Math.max(1, kept.length), 1) : []
        if (gone) heap.release(gone.at)
        kept.push({ at: heap.keep(bytes), bytes })
      }
      return kept.every(({ at, bytes }) => heap.read(at).equals(bytes))
    }),
  )
  t.pass()
})

t.test('its beginning can be read alone, also over the edge of a block', async t => {
  const heap = makeBlockHeap()
  const long = Buffer.from(Array.from({ length: 200 }, (_, index) => index))
  const at = heap.keep(long)
  for (const most of [0, 1, 55, 56, 57, 116, 117, 200, 500]) t.same(heap.read(at, most), long.subarray(0, most))
})

t.test('what is read is a copy, and what was given may change', async t => {
  const heap = makeBlockHeap()
  const given = Buffer.from('session')
  const at = heap.keep(given)
  given.fill(0)
  heap.read(at).fill(0)
  t.equal(heap.read(at).toString(), 'session')
})

t.test('room that was given back is used again before more is taken', async t => {
  const heap = makeBlockHeap()
  const first = [1, 2, 3].map(() => heap.keep(Buffer.alloc(500)))
  for (const at of first) heap.release(at)
  const blocks = new Set(Array.from({ length: 27 }, () => heap.keep(Buffer.alloc(10))))
  t.equal(blocks.size, 27)
  t.ok(Math.max(...blocks) <= 27, 'three times nine blocks of 64 bytes')
})

t.test('it grows by pages, and finds things on every one of them', async t => {
  const heap = makeBlockHeap()
  const places = Array.from({ length: 40_000 }, (_, index) => heap.keep(Buffer.from(`number ${index}`)))
  t.ok(places.every((at, index) => heap.read(at).toString() === `number ${index}`))
})
