// An endpoint that costs something, behind a bound on how often one address may ask for it.
import { addressLimit } from '../access/how-often.ts'
import { tooManyAnswer } from '../http/too-many.ts'
import type { Endpoint, Reception } from './reception.ts'

/** `what` is its name in the configuration: endpoints of one name are counted together. */
export const rated =
  (what: keyof Reception['rateLimits'], endpoint: Endpoint): Endpoint =>
  async (caller, reception) => {
    const { perAddress } = reception.rateLimits[what]
    const { address } = caller.visit.client
    const limit = await addressLimit(reception.sessions, { what, address, rate: perAddress })
    return limit ? tooManyAnswer(caller.visit, limit) : endpoint(caller, reception)
  }
