// A hunt: cases without end, and a world in which none of them may break a promise. What was caught once is kept, and tried first ever after.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import type { Test } from '../support/attack.ts'

/** What became of a case: the promise that it broke, or a word for what was seen, so that a hunt for nothing shows. */
export type Outcome = { readonly broke: string } | { readonly saw: string }

type Trial<Case> = (trial: Case) => Outcome | Promise<Outcome>

export type Caught = { readonly broke: string; readonly case: unknown; readonly seed: number }

export type Bag = {
  /** The smallest case that breaks something; undefined when none did. */
  readonly caught: Caught | undefined
  readonly tried: number
  readonly saw: ReadonlyMap<string, number>
}

export type Wish = { readonly runs: number; readonly seed?: number }

export type Hunt = {
  /** Of its kept cases, and on the command line. */
  readonly name: string
  /** A fresh world, the kept cases, then so many new ones. */
  run(t: Test, wish: Wish): Promise<Bag>
}

/** The search for a smaller case ends here; the one that was found is a case all the same. */
const MOST_SEARCH_MS = 100_000

/** `open` builds the world that the cases are tried in, and says of each what became of it. */
export const hunt = <Case>(
  name: string,
  cases: fc.Arbitrary<Case>,
  open: (t: Test) => Promise<Trial<Case>> | Trial<Case>,
): Hunt => ({
  name,
  async run(t, { runs, seed }) {
    const trial = await open(t)
    const saw = new Map<string, number>()
    const property = fc.asyncProperty(cases, async one => {
      const outcome = await trial(one)
      if ('broke' in outcome) throw new Error(outcome.broke)
      saw.set(outcome.saw, (saw.get(outcome.saw) ?? 0) + 1)
    })
    const examples = keptCases(name).map((kept): [Case] => [kept.case as Case])
    const limits = { numRuns: runs + examples.length, interruptAfterTimeLimit: MOST_SEARCH_MS }
    const run = await fc.check(property, { ...limits, examples, ...(seed !== undefined && { seed }) })
    const [smallest] = run.counterexample ?? []
    const broke = run.errorInstance instanceof Error ? run.errorInstance.message : String(run.errorInstance)
    return { caught: run.failed ? { broke, case: smallest, seed: run.seed } : undefined, tried: run.numRuns, saw }
  },
})

export type KeptCase = { readonly broke: string; readonly case: unknown }

export const caseFile = (name: string): string => join(import.meta.dirname, 'cases', `${name}.json`)

export const keptCases = (name: string): readonly KeptCase[] =>
  existsSync(caseFile(name)) ? JSON.parse(readFileSync(caseFile(name), 'utf8')) : []

/** So many cases, none of which breaks a promise; among them enough of each kind for this to mean something. */
export async function holds(t: Test, quarry: Hunt, runs: number, ...kinds: readonly string[]): Promise<void> {
  const { caught, saw } = await quarry.run(t, { runs })
  if (caught)
    t.fail(caught.broke, {
      ...caught,
      case: JSON.stringify(caught.case),
      again: `npm run fuzz -- --only ${quarry.name} --seed ${caught.seed}`,
    })
  else for (const kind of kinds) t.ok((saw.get(kind) ?? 0) > runs / 250, `enough was ${kind}`, Object.fromEntries(saw))
}
