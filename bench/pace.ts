// How long is measured: in full, quickly to have a look, or just long enough to see that everything runs.

export type Pace = {
  readonly rounds: number
  readonly sampleMs: number
  readonly warmUpMs: number
  /** The share of all pairs that may be taken again because other programs disturbed them. */
  readonly retries: number
  /** After much work, before memory is looked at. */
  readonly settleMs: number
  /** Open ones that say nothing, in the smallest batch. */
  readonly websockets: number
  readonly starts: number
  /** Of the smallest, a larger and the largest table. */
  readonly routes: readonly number[]
  readonly sessions: number
}

const full: Pace = {
  rounds: 5,
  sampleMs: 1000,
  warmUpMs: 4000,
  retries: 0.25,
  settleMs: 10_000,
  websockets: 1500,
  starts: 10,
  routes: [11, 1000, 10_000],
  sessions: 100_000,
}

const quick: Pace = {
  rounds: 3,
  sampleMs: 700,
  warmUpMs: 3000,
  retries: 0.25,
  settleMs: 5000,
  websockets: 500,
  starts: 5,
  routes: [11, 1000, 10_000],
  sessions: 20_000,
}

const smoke: Pace = {
  rounds: 1,
  sampleMs: 50,
  warmUpMs: 50,
  retries: 0,
  settleMs: 0,
  websockets: 3,
  starts: 1,
  routes: [11, 100],
  sessions: 20,
}

export const paces = { full, quick, smoke }
