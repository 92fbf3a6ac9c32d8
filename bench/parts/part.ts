// What a part of the benchmark is given, and what it finds.
import type { Pace } from '../pace.ts'
import type { Ground } from '../peers/peer.ts'
import type { Shipped } from '../shipped.ts'
import type { Spread } from '../statistics.ts'

export type Circumstances = { readonly ground: Ground; readonly shipped: Shipped; readonly pace: Pace }

export type Findings = {
  readonly title: string
  /** What was measured and how, and the tables. */
  readonly markdown: string
  /** SVG by file name. */
  readonly charts?: Readonly<Record<string, string>>
  /** What the goals ask for. */
  readonly figures?: Figures
  /** Wrong answers, in words: whoever gives them is not measured but broken. */
  readonly faults?: readonly string[]
}

/** By the name of the goal; see goals.ts. */
export type Figures = Readonly<Record<string, Spread>>

export type Part = (circumstances: Circumstances) => Promise<Findings>
