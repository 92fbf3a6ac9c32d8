// One identity: whatever a client writes, in whatever spelling and place, the upstream reads what we wrote, once, and nothing else about who is there.
import t from 'tap'
import { headers } from '../fuzz/headers.ts'
import { holds } from '../fuzz/hunt.ts'
import { lanes } from '../support/lanes.ts'

for (const [lane, everyRoute] of lanes)
  t.test(`in every situation the upstream reads one identity, ours (lane ${lane}, lesson 96)`, async t => {
    await holds(t, headers(everyRoute), 500, 'let in', 'kept out')
  })
