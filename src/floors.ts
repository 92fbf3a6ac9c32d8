// The floors of the house: the public socket, and which generation gets the next request. Reload: build the new, swap, drain the old.
import type { Administration } from './admin/session-api.ts'
import type { LoadResult } from './config/load.ts'
import { reloadNotes } from './config/reload-notes.ts'
import { describe } from './core/errors.ts'
import type { Log } from './core/log.ts'
import type { Secret } from './core/secret.ts'
import type { Config } from './core/settings.ts'
import { type Generation, openGeneration } from './generation.ts'
import type { Readiness } from './http/admin.ts'
import { type FrontGate, openFrontGate } from './http/front-gate.ts'
import { listen, type Where } from './http/listen.ts'
import type { Metrics } from './http/metrics.ts'
import { type Pulse, takePulse } from './http/pulse.ts'
import { type Carried, carryOver, closeLasting, closeUnused, giveBack, type Tools } from './lasting.ts'

export type Floors = {
  /** Where the public listener really is: a port of 0 has become a real one. */
  readonly listening: Where
  readonly metrics: Metrics
  readonly administration: Administration
  readiness(): Readiness
  /** Swaps to another configuration. One that is bad or cannot be built changes nothing: then the answer is false, and the log says why. */
  reload(loaded: LoadResult): Promise<boolean>
  /** Not ready, no new connections, requests in flight finish (bounded by server.drain), everything closed. */
  stop(): Promise<void>
}

export type Opening = {
  readonly log: Log
  readonly now?: () => number
  /** Signs assertions where the configuration names no key; without it one is made. */
  readonly spareKey?: Secret
}

/** One configuration with all that was built from it. */
type Household = { readonly config: Config; readonly carried: Carried; readonly generation: Generation }

export async function openFloors(config: Config, { now = Date.now, ...opening }: Opening): Promise<Floors> {
  const tools = { ...opening, now }
  const { log } = tools
  let current = await moveIn(config, carryOver(undefined, config, tools))
  // The current one, and older ones that still have visitors.
  const inhabited = new Set([current.generation])
  let stopping = false
  const pulse = takePulse()
  current.carried.lasting.metrics.measureDelay(() => pulse.lateMs)

  const gate = openFrontGate(
    config.server,
    {
      handle: (req, res) => current.generation.handle(req, res),
      upgrade: (req, socket, head) => current.generation.upgrade(req, socket, head),
    },
    why => current.carried.lasting.metrics.connectionRefused(why),
  )
  const close = async () => {
    const generations = Array.from(inhabited)
    const idle = Promise.all(generations.map(generation => generation.idle()))
    await gate.close({
      idle,
      withinMs: current.config.server.drainMs,
      beforeCut: () => {
        for (const generation of generations) generation.closeTunnels()
      },
    })
    await Promise.all(generations.map(generation => generation.close()))
    await closeLasting(current.carried)
    pulse.stop()
  }
  // With its door shut nothing is left open, and the process can end.
  const listening = await listen(gate.server, config.server.listen).catch(async error => {
    await close()
    throw error
  })

  return {
    listening,
    metrics: current.carried.lasting.metrics,
    administration: {
      key: () => current.config.admin.key,
      sessions: () => current.carried.lasting.sessions,
      canList: () => current.config.session.store.type !== 'cookie',
      log,
      now,
    },
    readiness() {
      const reasons = stopping ? ['stopping'] : [...current.generation.reasons(), ...tooLate(pulse, current.config)]
      return { ready: reasons.length === 0, reasons }
    },
    async reload(loaded) {
      const old = current
      const built = await nextHousehold(loaded, old, { ...tools, gate })
      old.carried.lasting.metrics.reload(built ? 'done' : 'refused')
      if (!built) return false
      // From here on nothing can fail.
      const { next, adopt } = built
      for (const { key, note } of reloadNotes({ started: config, old: old.config, next: next.config }))
        log.warn({ key }, note)
      current = next
      inhabited.add(next.generation)
      adopt()
      log.info({ routes: next.config.routes.length }, 'reloaded')
      moveOut(old, next)
        .then(() => {
          inhabited.delete(old.generation)
          current.carried.lasting.upstreams.retain(current.config.routes)
        })
        .catch(error => log.error({ error: describe(error) }, 'an old generation could not be closed'))
      return true
    },
    async stop() {
      stopping = true
      await close()
    },
  }
}

/** Somebody else is sent what this process cannot answer in time any more, before it answers nobody. */
function tooLate({ lateMs }: Pulse, { admin: { eventLoopDelayMs } }: Config): readonly string[] {
  if (eventLoopDelayMs === 0 || lateMs <= eventLoopDelayMs) return []
  return [`the event loop is ${Math.round(lateMs)} ms late: there is more to do than this process can`]
}

async function moveIn(config: Config, carried: Carried): Promise<Household> {
  const household = { config, carried, generation: await openGeneration(config, carried.lasting) }
  carried.lasting.metrics.countSessions(() => carried.lasting.sessions.count)
  for (const provider of carried.lasting.providers.values()) provider.warmUp()
  return household
}

type Renewing = Tools & { readonly gate: FrontGate }
type Built = { readonly next: Household; adopt(): void }

/** All that can fail, before anything has changed. */
async function nextHousehold(loaded: LoadResult, old: Household, renewing: Renewing): Promise<Built | undefined> {
  const { log, gate } = renewing
  if (!loaded.ok) {
    log.error({ problems: loaded.problems }, 'reload refused, the old configuration stays')
    return undefined
  }
  for (const warning of loaded.warnings) log.warn({ warning }, 'configuration')
  try {
    const adopt = gate.prepare(loaded.config.server)
    return { adopt, next: await moveInBeside(old, loaded.config, renewing) }
  } catch (error) {
    log.error({ error: describe(error) }, 'reload failed, the old configuration stays')
    return undefined
  }
}

async function moveInBeside(old: Household, config: Config, tools: Tools): Promise<Household> {
  const carried = carryOver(old.carried, config, tools)
  try {
    return await moveIn(config, carried)
  } catch (error) {
    await giveBack(carried, { to: old.carried, settings: old.config.session })
    throw error
  }
}

/** An old generation keeps what it holds until its last visitor has left; then goes what nobody else uses. */
async function moveOut(old: Household, next: Household): Promise<void> {
  await old.generation.idle()
  await old.generation.tunnelsClosed()
  await old.generation.close()
  await old.carried.lasting.refresher.settled()
  await closeUnused(old.carried, next.carried)
}
