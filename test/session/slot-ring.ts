import fc from 'fast-check'
import t from 'tap'
import { makeSlotRing } from '../../src/session/slot-ring.ts'

t.test('it keeps the order of a list to which is appended and from which is taken', async t => {
  fc.assert(
    fc.property(fc.array(fc.nat(9), { maxLength: 100 }), slots => {
      const ring = makeSlotRing(10)
      let list: readonly number[] = []
      for (const slot of slots) {
        if (list.includes(slot)) ring.takeOut(slot)
        else ring.append(slot)
        list = list.includes(slot) ? list.filter(other => other !== slot) : [...list, slot]
      }
      return list.join() === [...ring.slots()].join()
    }),
  )
  t.pass()
})

t.test('a slot may leave while it is looked at', async t => {
  const ring = makeSlotRing(5)
  for (const slot of [3, 1, 4, 0, 2]) ring.append(slot)
  const seen: number[] = []
  for (const slot of ring.slots()) {
    seen.push(slot)
    if (slot !== 4) ring.takeOut(slot)
  }
  t.strictSame(seen, [3, 1, 4, 0, 2])
  t.strictSame([...ring.slots()], [4])
})
