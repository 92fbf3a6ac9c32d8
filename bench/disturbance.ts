// How much of the machine went to programs that are no part of the measurement, by the kernel's own count.
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { cpuUs } from './cpu.ts'

const TICK_US = 10_000

/** Starts to watch; the answer tells the share of all cores that others took since then, from 0 to 1. */
export function watchOthers(): () => number {
  const before = look()
  return () => {
    const after = look()
    const others = after.busyUs - before.busyUs - (after.ownUs - before.ownUs)
    return Math.max(0, others) / ((after.atUs - before.atUs) * cpus().length)
  }
}

/** Everything that the measurement runs is a descendant of this process. */
const look = () => ({
  atUs: performance.now() * 1000,
  busyUs: readBusy(readFileSync('/proc/stat', 'utf8')),
  ownUs: cpuUs(process.pid),
})

/** `stat` is /proc/stat: user, nice and system, and what the hypervisor took. Interrupts are nobody's. */
export function readBusy(stat: string): number {
  const [, user = 0, nice = 0, system = 0, , , , , steal = 0] = stat.split('\n', 1)[0]?.split(/\s+/).map(Number) ?? []
  return (user + nice + system + steal) * TICK_US
}
