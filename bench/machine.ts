// The machine: which cores the gateways get and which the rest, and how it is called in a report.
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { arch, availableParallelism, cpus, release, totalmem } from 'node:os'

/** Lists of cores as taskset reads them; undefined where everything shares one core or nothing can be pinned. */
export type Cores = { readonly gateway: string; readonly rest: string } | undefined

const TASKSET = '/usr/bin/taskset'

/** The last core for the gateway under test, because the first often serves interrupts; all others for generator and upstream. */
export function chooseCores(count = availableParallelism()): Cores {
  if (count < 2 || !canPin()) return undefined
  return { gateway: String(count - 1), rest: count === 2 ? '0' : `0-${count - 2}` }
}

/** This process with all its threads, and whatever it starts from now on. */
export function stayOffTheGatewaysCore(cores: Cores): void {
  if (cores) spawnSync(TASKSET, ['-a', '-c', '-p', cores.rest, String(process.pid)])
}

/** The command line that runs a program on the core of the gateway. */
export function pinned(cores: Cores, command: string, args: readonly string[]): readonly [string, readonly string[]] {
  return cores ? [TASKSET, ['-c', cores.gateway, command, ...args]] : [command, args]
}

export function describeMachine(cores: Cores): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`
  const place = cores
    ? `gateway on core ${cores.gateway}, generator and upstream on ${cores.rest}`
    : 'nothing pinned: everything shares its cores, so only CPU time counts'
  return `${model}, ${cpus().length} cores, ${memory}, Linux ${release()} ${arch()}, Node ${process.versions.node}; ${place}`
}

function canPin(): boolean {
  try {
    accessSync(TASKSET, constants.X_OK)
    return true
  } catch {
    return false
  }
}
