// A kept document: fetched once, renewed when old, never lost to a failure.
import t from 'tap'
import { keep } from '../../src/oidc/kept.ts'

const limits = { freshMs: 100, staleMs: 1000, retryMs: 10 }

/** Counts its fetches, and fails while told to. */
function counting() {
  const source = { fetched: 0, failing: false, complaints: 0 }
  const fetch = async () => {
    source.fetched++
    if (source.failing) throw new Error('away')
    return source.fetched
  }
  return { source, kept: keep(fetch, limits, () => source.complaints++) }
}

t.test('whoever asks at the same time shares one fetch', async t => {
  const { kept } = counting()
  t.equal(kept.peek(), undefined)
  t.same(await Promise.all([kept.get(0), kept.get(0), kept.renew(0)]), [1, 1, 1])
  t.equal(kept.peek(), 1)
})

t.test('a young document is given as it is, an old one is renewed first', async t => {
  const { kept } = counting()
  t.equal(await kept.get(0), 1)
  t.equal(await kept.get(99), 1)
  t.equal(await kept.get(100), 2)
  t.equal(await kept.get(199), 2)
})

t.test('a failed renewal leaves the old document, says so, and is not repeated at once', async t => {
  const { kept, source } = counting()
  await kept.get(0)
  source.failing = true
  t.equal(await kept.get(100), 1)
  t.equal(await kept.get(109), 1)
  t.match(source, { fetched: 2, complaints: 1 })
  t.equal(await kept.get(110), 1)
  t.match(source, { fetched: 3, complaints: 2 })
})

t.test('a document that is too old stands in for nothing', async t => {
  const { kept, source } = counting()
  await kept.get(0)
  source.failing = true
  await t.rejects(kept.get(1000), { message: 'away' })
})

t.test('a first fetch that fails is an error, and the next one is a new attempt', async t => {
  const { kept, source } = counting()
  source.failing = true
  await t.rejects(kept.get(0), { message: 'away' })
  source.failing = false
  t.equal(await kept.get(0), 2)
})
