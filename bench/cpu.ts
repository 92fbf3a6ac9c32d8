// What the kernel has counted for a program and everything it has started: CPU time and resident memory, from /proc.
import { readdirSync, readFileSync } from 'node:fs'

/** proc(5): times are in ticks of 1/sysconf(_SC_CLK_TCK) s, which Linux fixes at 100 for everything a program may see. */
const TICK_US = 10_000

export type Stat = {
  readonly pid: number
  readonly parent: number
  /** Of itself and of those children that have ended. */
  readonly cpuUs: number
}

/** CPU time so far, of the whole tree below `root`. */
export const cpuUs = (root: number): number => sum(treeBelow(root).map(stat => stat.cpuUs))

/** Resident memory of the whole tree, in bytes. What processes share counts once for each of them. */
export const residentBytes = (root: number): number => sum(treeBelow(root).map(({ pid }) => residentOf(pid)))

/** `line` is a /proc/PID/stat. The second field is a name in parentheses, which may hold blanks and parentheses. */
export function readStat(line: string): Stat {
  const [pid] = line.split(' ', 1)
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  const field = (number: number): number => Number(fields[number - 3])
  // Fields 14 to 17: utime, stime, cutime, cstime.
  return { pid: Number(pid), parent: field(4), cpuUs: sum([14, 15, 16, 17].map(field)) * TICK_US }
}

/** `status` is a /proc/PID/status. */
export function readResident(status: string): number {
  const [, kilobytes = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? []
  return Number(kilobytes) * 1024
}

/** The process and all its descendants, out of everything that runs. */
export function pickTree(stats: readonly Stat[], root: number): readonly Stat[] {
  const own = stats.filter(({ pid }) => pid === root)
  const children = stats.filter(({ parent }) => parent === root)
  return [...own, ...children.flatMap(({ pid }) => pickTree(stats, pid))]
}

function treeBelow(root: number): readonly Stat[] {
  const stats = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(pid => (read(`/proc/${pid}/stat`) ?? []).map(readStat))
  return pickTree(stats, root)
}

const residentOf = (pid: number): number => sum((read(`/proc/${pid}/status`) ?? []).map(readResident))

/** Nothing when the process has ended since it was listed. */
function read(file: string): readonly string[] | undefined {
  try {
    return [readFileSync(file, 'utf8')]
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

const isGone = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
