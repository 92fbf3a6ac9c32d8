// One path: the bytes that were judged are the bytes that are sent, and no backend reads another rule's path in them.
import t from 'tap'
import { holds } from '../fuzz/hunt.ts'
import { targets } from '../fuzz/targets.ts'
import { lanes } from '../support/lanes.ts'

for (const [lane, everyRoute] of lanes)
  t.test(`any target, asked for or upgraded, is judged and sent as one path (lane ${lane}, lesson 104)`, async t => {
    await holds(t, targets(everyRoute), 400, 'let in', 'kept out')
  })
