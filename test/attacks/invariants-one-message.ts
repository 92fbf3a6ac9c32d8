// One message: the upstream is asked exactly what was allowed, the client is answered exactly once for each, and no byte of one message becomes another.
import t from 'tap'
import { answers } from '../fuzz/answers.ts'
import { holds } from '../fuzz/hunt.ts'
import { messages } from '../fuzz/messages.ts'
import { lanes } from '../support/lanes.ts'

for (const [lane, everyRoute] of lanes) {
  t.test(`requests on one connection, sound and spoilt, stay apart (lane ${lane})`, async t => {
    await holds(t, messages(everyRoute), 150, 'sound', 'odd, kept out')
  })
  t.test(`answers of an upstream, sound and spoilt, stay apart (lane ${lane})`, async t => {
    await holds(t, answers(everyRoute), 120, 'sound', 'odd, let in', 'odd, kept out')
  })
}
