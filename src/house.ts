// The house: its floors, and the desk behind the admin listener.
import type { Config } from './core/settings.ts'
import { setUpDesk } from './desk.ts'
import { type Floors, type Opening, openFloors } from './floors.ts'
import { listen, type Where } from './http/listen.ts'

export type House = Pick<Floors, 'listening' | 'reload' | 'stop'> & {
  /** Where the admin listener really is. */
  readonly admin: Where
}

export async function openHouse(config: Config, opening: Opening): Promise<House> {
  const floors = await openFloors(config, opening)
  const { metrics: numbers, readiness, administration, listening, reload } = floors
  const desk = await setUpDesk({ numbers, readiness, administration })
  const close = async () => {
    await floors.stop()
    await desk.close()
  }
  // With one door shut the other is not left open, and the process can end.
  const admin = await listen(desk.server, config.admin.listen).catch(async error => {
    await close()
    throw error
  })
  opening.log.info({ listening, admin, routes: config.routes.length }, 'listening')
  return {
    ...{ listening, admin, reload },
    async stop() {
      opening.log.info({}, 'stopping')
      await close()
      opening.log.info({}, 'stopped')
    },
  }
}
