// The oldest Node of each line that we run on: the first with the HTTP parser fixes of 2026 (CVE-2026-58044 among them).

const floors: Readonly<Record<number, readonly [minor: number, patch: number]>> = {
  22: [23, 2],
  24: [18, 1],
  26: [5, 1],
}
const newest = 26

/** Why this Node will not do; undefined when it does. */
export function nodeProblem(version: string): string | undefined {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  const floor = floors[major]
  const fine = floor ? minor > floor[0] || (minor === floor[0] && patch >= floor[1]) : major > newest
  return fine
    ? undefined
    : `Node ${version} is too old or unmaintained; use 22.23.2, 24.18.1, 26.5.1 or newer of these lines`
}
