// `npm run fuzz:upstream -- [minutes] [seed]`: made-up answers of upstreams for both lanes, in rounds, until the time is over.
import t from 'tap'
import { soundOnBoth, spoiltOnBoth } from '../test/fuzz/lanes.ts'

const RUNS = 1000

const [minutes = '5', first = String(Date.now() % 2 ** 31)] = process.argv.slice(2)
const end = performance.now() + Number(minutes) * 60_000

t.setTimeout(0)
for (let seed = Number(first); performance.now() < end; seed++)
  for (const hunt of [soundOnBoth, spoiltOnBoth])
    await t.test(`${hunt.name}, seed ${seed}`, { timeout: 0 }, async t => {
      const { caught, saw } = await hunt.run(t, { runs: RUNS, seed })
      t.equal(caught, undefined, JSON.stringify(Object.fromEntries(saw)))
    })
