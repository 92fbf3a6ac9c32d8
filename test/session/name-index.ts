import fc from 'fast-check'
import t from 'tap'
import { makeNameIndex, nameOf } from '../../src/session/name-index.ts'

const SLOTS = 20

t.test('it answers as a list would that is searched from its end', async t => {
  const command = fc.record({ slot: fc.nat(SLOTS - 1), who: fc.constantFrom('ann', 'ben', 'cid', undefined) })
  fc.assert(
    fc.property(fc.array(command, { maxLength: 100 }), commands => {
      const index = makeNameIndex(SLOTS)
      let list: Array<{ readonly slot: number; readonly who: string | undefined }> = []
      for (const { slot, who } of commands) {
        if (list.some(known => known.slot === slot)) index.takeOut(slot)
        else index.put(slot, who === undefined ? undefined : nameOf(who))
        list = list.some(known => known.slot === slot)
          ? list.filter(known => known.slot !== slot)
          : [...list, { slot, who }]
      }
      return ['ann', 'ben', 'cid', 'nobody'].every(who => {
        const wanted = list.filter(known => known.who === who).map(({ slot }) => slot)
        return wanted.toReversed().join() === index.slotsOf(nameOf(who)).join()
      })
    }),
  )
  t.pass()
})

t.test('a slot without a name is found by none, and tells none', async t => {
  const index = makeNameIndex(2)
  index.put(0)
  index.put(1, nameOf('ann'))
  t.strictSame(index.slotsOf(index.nameOf(0)), [])
  t.strictSame(index.slotsOf(index.nameOf(1)), [1])
})

t.test('the parts of a name do not run into each other', async t => {
  t.notSame(nameOf('ab', 'c'), nameOf('a', 'bc'))
  t.notSame(nameOf('ab'), nameOf('a', 'b'))
  t.same(nameOf('a', 'b'), nameOf('a', 'b'))
  t.equal(nameOf('a').length, 16)
})

t.test('one slot is enough for an index', async t => {
  const index = makeNameIndex(1)
  index.put(0, nameOf('ann'))
  t.strictSame(index.slotsOf(nameOf('ann')), [0])
  index.takeOut(0)
  t.strictSame(index.slotsOf(nameOf('ann')), [])
})
