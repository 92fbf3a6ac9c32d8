// Durations and sizes as people write them in the configuration.

export type Milliseconds = number

const durationUnits = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const sizeUnits = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const

/** `30s`, `15m`, `12h`, `7d`, `250ms` → milliseconds; undefined when it is not a duration. */
export const parseDuration = (text: string): Milliseconds | undefined => parseUnit(text, durationUnits)

/** `16KiB`, `10MiB`, `512B` → bytes; undefined when it is not a size. */
export const parseSize = (text: string): number | undefined => parseUnit(text, sizeUnits)

function parseUnit(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const parts = /^(0|[1-9]\d{0,8})([a-zA-Z]+)$/.exec(text)
  if (!parts?.[1] || !parts[2] || !Object.hasOwn(units, parts[2])) return undefined
  return Number(parts[1]) * (units[parts[2]] as number)
}
