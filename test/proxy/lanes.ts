// What both lanes make of the same bytes; `npm run fuzz:upstream` goes on for as long as one likes.
import t from 'tap'
import { holds } from '../fuzz/hunt.ts'
import { soundOnBoth, spoiltOnBoth } from '../fuzz/lanes.ts'

t.test('a sound answer is the same on both lanes', async t => holds(t, soundOnBoth, 150, 'answered on both'))

t.test('a spoilt answer is the same on both, or refused by our own client (d-23)', async t =>
  holds(t, spoiltOnBoth, 150, 'answered on both', 'refused on both'),
)
