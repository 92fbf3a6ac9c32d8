// All hunts by name: what `npm run fuzz` may be told to run, and what it runs when told nothing.
import { lanes } from '../support/lanes.ts'
import { answers } from './answers.ts'
import { configurations } from './configurations.ts'
import { cookies } from './cookies.ts'
import { headers } from './headers.ts'
import type { Hunt } from './hunt.ts'
import { soundOnBoth, spoiltOnBoth } from './lanes.ts'
import { messages } from './messages.ts'
import { returnTargets } from './return-targets.ts'
import { targets } from './targets.ts'
import { tokens } from './tokens.ts'
import { transactions } from './transactions.ts'
import { troublesome } from './troubles.ts'

/** `on` says where a hunt takes place, when it does in several places. */
export type Ground = { readonly hunt: Hunt; readonly on?: string }

export const grounds: readonly Ground[] = [
  ...[targets, headers, messages, answers].flatMap(hunt =>
    lanes.map(([lane, everyRoute]) => ({ hunt: hunt(everyRoute), on: `lane ${lane}` })),
  ),
  ...[cookies, transactions, tokens, configurations, returnTargets, soundOnBoth, spoiltOnBoth, troublesome].map(
    hunt => ({ hunt }),
  ),
]
