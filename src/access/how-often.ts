// How often an address may come, and a person: to a route, to begin a login, and with what belongs to no login at all.
import type { Identity } from '../core/identity.ts'
import type { Rate } from '../core/rate.ts'
import { networkOf, personOf } from '../core/visitor.ts'
import type { Limit } from '../http/too-many.ts'
import type { Sessions } from '../session/sessions.ts'

type Counting = Pick<Sessions, 'spend'>

/** `what` is counted apart from everything else. Without a rate there is no limit. */
export type Coming = { readonly what: string; readonly address: string; readonly rate: Rate | undefined }

/** Costs nothing but the count, so it is asked before anything else is known. */
export async function addressLimit(sessions: Counting, { what, address, rate }: Coming): Promise<Limit | undefined> {
  if (!rate) return undefined
  const waitMs = await sessions.spend({ of: 'network', name: `${what} address ${networkOf(address)}` }, rate)
  return waitMs > 0 ? { kind: 'limit', reason: 'address-rate', waitMs } : undefined
}

/** Somebody who is not signed in is an address; otherwise signing out would be the way around. */
export async function userLimit(
  sessions: Counting,
  { what, address, rate, identity }: Coming & { readonly identity: Identity | undefined },
): Promise<Limit | undefined> {
  if (!rate) return undefined
  const whose = identity
    ? ({ of: 'person', name: `${what} user ${personOf(identity)}` } as const)
    : ({ of: 'network', name: `${what} user ${networkOf(address)}` } as const)
  const waitMs = await sessions.spend(whose, rate)
  return waitMs > 0 ? { kind: 'limit', reason: 'user-rate', waitMs } : undefined
}
