// The house owns the sockets and hands each request to the current generation. Reload: build the new, swap, drain the old.
import { sessionApi } from './admin/session-api.ts'
import type { LoadResult } from './config/load.ts'
import { describe } from './core/errors.ts'
import type { Log } from './core/log.ts'
import type { Config } from './core/settings.ts'
import { type Generation, openGeneration } from './generation.ts'
import { adminApp } from './http/admin.ts'
import { openFrontGate } from './http/front-gate.ts'
import { listen, type Where } from './http/listen.ts'
import { type Carried, carryOver } from './lasting.ts'

export type House = {
  /** Where the public and the admin listener really are: a port of 0 has become a real one. */
  readonly listening: Where
  readonly admin: Where
  /** Swaps to another configuration. One that is bad or cannot be built changes nothing, and the log says why. */
  reload(loaded: LoadResult): Promise<void>
  /** Not ready, no new connections, requests in flight finish (bounded by server.drain), everything closed. */
  stop(): Promise<void>
}

export type Opening = { readonly log: Log; readonly now?: () => number }

/** One configuration with all that was built from it. */
type Household = { readonly config: Config; readonly carried: Carried; readonly generation: Generation }

export async function openHouse(config: Config, { log, now = Date.now }: Opening): Promise<House> {
  let current = await moveIn(config, carryOver(undefined, config, { log, now }))
  // The current one, and older ones that still have visitors.
  const inhabited = new Set([current.generation])
  let stopping = false

  const gate = openFrontGate(config.server, {
    handle: (req, res) => current.generation.handle(req, res),
    upgrade: (req, socket, head) => current.generation.upgrade(req, socket, head),
  })
  const admin = adminApp(current.carried.lasting.metrics, () => {
    const reasons = stopping ? ['stopping'] : current.generation.reasons()
    return { ready: reasons.length === 0, reasons }
  })
  admin.register(async api =>
    sessionApi(api, {
      key: () => current.config.admin.key,
      sessions: () => current.carried.lasting.sessions,
      canList: () => current.config.session.store.type !== 'cookie',
      log,
      now,
    }),
  )
  const open = async (): Promise<Pick<House, 'listening' | 'admin'>> => {
    const listening = await listen(gate.server, config.server.listen)
    await admin.ready()
    return { listening, admin: await listen(admin.server, config.admin.listen) }
  }
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
    await admin.close()
    await Promise.all(generations.map(generation => generation.close()))
    await closeLasting(current.carried)
  }
  // With one door shut the other is not left open, and the process can end.
  const doors = await open().catch(async error => {
    await close()
    throw error
  })
  log.info({ ...doors, routes: config.routes.length }, 'listening')

  return {
    ...doors,
    async reload(loaded) {
      const old = current
      const next = await nextHousehold(loaded, old, { log, now })
      old.carried.lasting.metrics.reload(next ? 'done' : 'refused')
      if (!next) return
      current = next
      inhabited.add(next.generation)
      gate.adopt(next.config.server)
      log.info({ routes: next.config.routes.length }, 'reloaded')
      moveOut(old, next)
        .then(() => {
          inhabited.delete(old.generation)
          current.carried.lasting.upstreams.retain(current.config.routes)
        })
        .catch(error => log.error({ error: describe(error) }, 'an old generation could not be closed'))
    },
    async stop() {
      stopping = true
      log.info({}, 'stopping')
      await close()
      log.info({}, 'stopped')
    },
  }
}

async function moveIn(config: Config, carried: Carried): Promise<Household> {
  for (const provider of carried.lasting.providers.values()) provider.warmUp()
  return { config, carried, generation: await openGeneration(config, carried.lasting) }
}

async function nextHousehold(
  loaded: LoadResult,
  old: Household,
  opening: Required<Opening>,
): Promise<Household | undefined> {
  const { log } = opening
  if (!loaded.ok) {
    log.error({ problems: loaded.problems }, 'reload refused, the old configuration stays')
    return undefined
  }
  for (const warning of loaded.warnings) log.warn({ warning }, 'configuration')
  try {
    return await moveIn(loaded.config, carryOver(old.carried, loaded.config, opening))
  } catch (error) {
    log.error({ error: describe(error) }, 'reload failed, the old configuration stays')
    return undefined
  }
}

/** An old generation keeps what it holds until its last visitor has left; then goes what nobody else uses. */
async function moveOut(old: Household, next: Household): Promise<void> {
  await old.generation.idle()
  await old.generation.tunnelsClosed()
  await old.generation.close()
  await old.carried.lasting.refresher.settled()
  const unused = Array.from(old.carried.shelf).filter(([key]) => !next.carried.shelf.has(key))
  await Promise.all(unused.map(([, provider]) => provider.close()))
}

async function closeLasting({ lasting }: Carried): Promise<void> {
  // A refresh that was begun is finished: its provider will not take the old token twice.
  await lasting.refresher.settled()
  await Promise.all([
    ...Array.from(lasting.providers.values(), provider => provider.close()),
    lasting.upstreams.close(),
    lasting.streams.close(),
    lasting.sessions.close(),
  ])
}
