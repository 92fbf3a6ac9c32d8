// How long is measured: in full, quickly to have a look, or just long enough to see that everything runs.

export type Pace = {
  readonly rounds: number
  readonly sampleMs: number
  readonly warmUpMs: number
}

export const paces = {
  full: { rounds: 7, sampleMs: 1500, warmUpMs: 5000 },
  quick: { rounds: 3, sampleMs: 700, warmUpMs: 3000 },
  smoke: { rounds: 1, sampleMs: 100, warmUpMs: 100 },
} as const satisfies Record<string, Pace>
