import t from 'tap'
import { type Metrics, makeMetrics } from '../../src/http/metrics.ts'
import { keepLedger } from '../../src/http/metrics-sum.ts'

const numberIn = (text: string, name: string): number =>
  Number(new RegExp(`^${name}(?:{.*})? (.+)$`, 'm').exec(text)?.[1])

const withLogins = (count: number): Metrics => {
  const metrics = makeMetrics()
  for (let n = 0; n < count; n++) metrics.login('corp', 'started')
  return metrics
}

t.test('what processes counted is added up, and stays counted when one of them has ended', async t => {
  const [a, b, ledger] = [withLogins(3), withLogins(4), keepLedger()]
  t.equal(numberIn(await ledger.text([await a.figures(), await b.figures()]), 'sallyport_logins_total'), 7)
  await ledger.close(await a.figures())
  t.equal(numberIn(await ledger.text([await b.figures()]), 'sallyport_logins_total'), 7)
  await ledger.close(await b.figures())
  t.equal(numberIn(await ledger.text([await withLogins(1).figures()]), 'sallyport_logins_total'), 8)
})

t.test('what is measured at a moment goes with its process', async t => {
  const [metrics, ledger] = [makeMetrics(), keepLedger()]
  metrics.countStreams(() => new Map([['app', 5]]))
  t.equal(numberIn(await ledger.text([await metrics.figures()]), 'sallyport_open_streams'), 5)
  await ledger.close(await metrics.figures())
  t.same(numberIn(await ledger.text([]), 'sallyport_open_streams'), Number.NaN)
})

t.test('a reload that every process does is one reload', async t => {
  const processes = [makeMetrics(), makeMetrics(), makeMetrics()]
  for (const metrics of processes) metrics.reload('done')
  const text = await keepLedger().text(await Promise.all(processes.map(metrics => metrics.figures())))
  t.equal(numberIn(text, 'sallyport_reloads_total'), 1)
})

t.test('figures can be sent from one process to another', async t => {
  const figures = structuredClone(await withLogins(2).figures())
  t.equal(numberIn(await keepLedger().text([figures]), 'sallyport_logins_total'), 2)
})
