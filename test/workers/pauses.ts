import t from 'tap'
import { pauseAfter } from '../../src/workers/pauses.ts'

t.test('a worker that has lived is replaced at once, one that keeps dying young later and later', async t => {
  t.equal(pauseAfter(60_000, 0), 0)
  t.equal(pauseAfter(60_000, 30_000), 0, 'what was before is forgotten')
  const pauses = Array.from({ length: 8 }).reduce<number[]>(
    before => [...before, pauseAfter(50, before.at(-1) ?? 0)],
    [],
  )
  t.same(pauses, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000])
})
