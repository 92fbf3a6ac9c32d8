// One session is refreshed by one holder of its lock; whoever does not get it waits for what comes of it.
import { setTimeout as pause } from 'node:timers/promises'
import { SallyportError } from '../core/errors.ts'
import type { Session } from '../core/session.ts'
import type { Provider, Refreshed } from '../oidc/provider.ts'
import type { Lock, Sessions } from '../session/sessions.ts'

export type Outcome =
  | { readonly kind: 'refreshed' }
  | Exclude<Refreshed, { readonly kind: 'refreshed' }>
  /** Somebody else has refreshed or ended it meanwhile. */
  | { readonly kind: 'elsewhere' }

/** Whose request it is: only it can open its session again. */
export type Visitor = { readonly cookies: string | undefined; readonly host: string; readonly now: number }

export type RefreshOrder = {
  /** As it was found. */
  readonly session: Session
  readonly visitor: Visitor
  readonly provider: Provider
  readonly sessions: Sessions
}

/** Longer, together, than a holder that died keeps its lock. */
const ROUNDS = 7
const ROUND_MS = 1000

/** Throws `store-unavailable`. */
export async function refreshOnce(order: RefreshOrder): Promise<Outcome> {
  const { session, sessions } = order
  for (let round = 0; round < ROUNDS; round++) {
    const lock = await sessions.lock(`refresh:${session.id}`)
    if (lock) return refreshLocked(lock, order)
    if (await sessions.waitForChange(session.id, session.revision, ROUND_MS)) return { kind: 'elsewhere' }
  }
  return { kind: 'unavailable', why: 'another replica has not finished it' }
}

async function refreshLocked(lock: Lock, order: RefreshOrder): Promise<Outcome> {
  const { session, visitor, provider, sessions } = order
  const { cookies, host, now } = visitor
  try {
    // What was found may be old by now: between then and the lock another holder may have come and gone.
    const { finding } = await sessions.find(cookies, host, now, { fresh: true, slide: false })
    if (finding.kind !== 'found' || finding.session.revision > session.revision) return { kind: 'elsewhere' }
    if (!lock.isHeld) return { kind: 'unavailable', why: 'the lock was lost' }
    return await conclude(await provider.refresh({ session: finding.session, now }), order)
  } finally {
    // Whatever keeps it from being given back: it runs out by itself.
    await lock.release().catch(() => undefined)
  }
}

async function conclude(refreshed: Refreshed, order: RefreshOrder): Promise<Outcome> {
  if (refreshed.kind === 'refreshed') return writeDown(refreshed, order)
  const { sessions, session } = order
  // A holder that stood still for too long has lost its lock, and its refresh token to the one after it.
  if (await sessions.waitForChange(session.id, session.revision, 0)) return { kind: 'elsewhere' }
  if (refreshed.kind === 'over') await sessions.endWhere({ id: session.id }, session.startedAt + 1)
  return refreshed
}

type New = Extract<Refreshed, { readonly kind: 'refreshed' }>

const PATIENCE_MS = [250, 500, 1000, 2000, 4000]

/** The old refresh token may be dead by now, so a store that is away for a moment must not cost the new one. */
async function writeDown(refreshed: New, order: RefreshOrder): Promise<Outcome> {
  for (const pauseMs of PATIENCE_MS) {
    try {
      return await replace(refreshed, order)
    } catch (error) {
      if (!(error instanceof SallyportError && error.code === 'store-unavailable')) throw error
      await pause(pauseMs)
    }
  }
  return replace(refreshed, order)
}

async function replace(
  { identity, tokens }: New,
  { session, sessions, provider, visitor }: RefreshOrder,
): Promise<Outcome> {
  const { cookies, host, now } = visitor
  const { session: kept } = await sessions.replace(session, { identity, tokens }, cookies, host, now)
  if (kept) return { kind: 'refreshed' }
  // It ended while the provider was asked: what came is nobody's.
  provider.revoke(tokens)
  return { kind: 'elsewhere' }
}
