import t from 'tap'
import { makeEndedSignal } from '../../src/session/ended-signal.ts'

t.test('everybody who listens hears the ids, until they stop; nothing is no news', async t => {
  const signal = makeEndedSignal()
  const heard: string[] = []
  const stop = signal.on(ids => heard.push(...ids))
  signal.on(ids => heard.push(...ids))
  signal.emit(['a', 'b'])
  signal.emit([])
  stop()
  signal.emit(['c'])
  t.strictSame(heard, ['a', 'b', 'a', 'b', 'c'])
})

t.test('doubt reaches those who asked for it', async t => {
  const signal = makeEndedSignal()
  let doubts = 0
  const stop = signal.onDoubt(() => doubts++)
  signal.doubt()
  stop()
  signal.doubt()
  t.equal(doubts, 1)
})
