// `npm run fuzz [-- --minutes N --only NAME,… --seed N]`: made-up cases at every door until the time is over. What breaks a promise is kept in test/fuzz/cases/.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import t from 'tap'
import { type Caught, caseFile, keptCases } from '../test/fuzz/hunt.ts'
import { type Ground, grounds } from '../test/fuzz/hunts.ts'

/** Then the world is built anew: a gateway of hours remembers more than one of minutes. */
const RUNS_PER_WORLD = 1000

const { values } = parseArgs({
  options: { minutes: { type: 'string' }, only: { type: 'string' }, seed: { type: 'string' } },
})
const minutes = Number(values.minutes ?? 5)
const seed = values.seed === undefined ? undefined : Number(values.seed)
const wanted = values.only?.split(',')
const chosen = grounds.filter(({ hunt }) => wanted?.includes(hunt.name) ?? true)

if (chosen.length === 0) {
  console.error(`--only knows: ${[...new Set(grounds.map(({ hunt }) => hunt.name))].join(', ')}`)
  process.exit(2)
}

t.setTimeout(0)
const eachMs = (minutes * 60_000) / chosen.length
for (const ground of chosen) await hunt(ground)

async function hunt({ hunt, on }: Ground): Promise<void> {
  const until = Date.now() + eachMs
  const [saw, total] = [new Map<string, number>(), { tried: 0 }]
  const title = on === undefined ? hunt.name : `${hunt.name} (${on})`
  await t.test(title, { timeout: 0 }, async t => {
    do {
      const caught = await t.test(`from ${total.tried}`, { timeout: 0, buffered: true }, async t => {
        const bag = await hunt.run(t, { runs: RUNS_PER_WORLD, ...(seed !== undefined && { seed }) })
        total.tried += bag.tried
        for (const [word, count] of bag.saw) saw.set(word, (saw.get(word) ?? 0) + count)
        if (bag.caught) t.fail(bag.caught.broke, { ...bag.caught })
        if (bag.caught) keep(hunt.name, bag.caught)
      })
      if (!caught?.ok) return
    } while (Date.now() < until && seed === undefined)
  })
  t.comment(`${title}: ${total.tried} cases; ${Array.from(saw, ([word, count]) => `${count} ${word}`).join(', ')}`)
}

function keep(name: string, { broke, case: found }: Caught): void {
  const text = JSON.stringify([...keptCases(name), { broke, case: found }], null, 2)
  writeFileSync(caseFile(name), `${text}\n`)
}
