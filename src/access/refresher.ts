// Keeps sessions fresh: one token call per session, however many requests at however many replicas see that it is due.
import { describe } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { refreshDue } from '../core/refresh.ts'
import type { Session } from '../core/session.ts'
import type { Metrics } from '../http/metrics.ts'
import type { Provider } from '../oidc/provider.ts'
import type { Sessions } from '../session/sessions.ts'
import { type Outcome, refreshOnce, type Visitor } from './refresh-once.ts'
import { makeRefreshPauses, type RefreshPauses } from './refresh-pauses.ts'

export type Refresher = {
  /** True: something changed, look the session up again. While the old tokens work nobody waits for that. */
  refresh(session: Session, visitor: Visitor): Promise<boolean>
  /** Resolves when no refresh is under way. */
  settled(): Promise<void>
  /** With other rooms around it after a reload; what is under way stays under way. */
  renew(rooms: RefresherRooms): Refresher
}

export type RefresherRooms = {
  readonly sessions: Sessions
  readonly providers: ReadonlyMap<string, Provider>
  readonly metrics: Pick<Metrics, 'refresh'>
  readonly log: Log
  /** False where only an answer can carry the new session, because it lives in the browser. */
  readonly behindTheBack: boolean
}

export const makeRefresher = (rooms: RefresherRooms): Refresher =>
  refresherWith(rooms, { underWay: new Map(), pauses: makeRefreshPauses() })

type Memory = {
  /** By session id alone: it is random, and nothing stands beside it that could run together with it. */
  readonly underWay: Map<string, Promise<boolean>>
  readonly pauses: RefreshPauses
}

function refresherWith(rooms: RefresherRooms, memory: Memory): Refresher {
  return {
    async refresh(session, visitor) {
      const due = refreshDue(session, visitor.now)
      const provider = rooms.providers.get(session.identity.provider)
      // Another issuer under the same name is shown no token that it did not give out.
      if (due === 'none' || provider?.issuer !== session.identity.issuer) return false
      const refresh = join({ session, visitor, provider }, rooms, memory)
      return due === 'early' && rooms.behindTheBack ? false : refresh
    },
    async settled() {
      await Promise.all(memory.underWay.values())
    },
    renew: others => refresherWith(others, memory),
  }
}

type Due = { readonly session: Session; readonly visitor: Visitor; readonly provider: Provider }

/** The refresh of this session that is under way, or a new one, unless one has just failed. */
async function join(due: Due, rooms: RefresherRooms, { underWay, pauses }: Memory): Promise<boolean> {
  const { id } = due.session
  const before = underWay.get(id)
  if (before) return before
  if (pauses.isOn(id, due.visitor.now)) return false
  const refresh = refreshAndNote(due, rooms, pauses).finally(() => underWay.delete(id))
  underWay.set(id, refresh)
  return refresh
}

async function refreshAndNote(due: Due, { sessions, metrics, log }: RefresherRooms, pauses: RefreshPauses) {
  const { session, visitor, provider } = due
  const facts = { session: session.id, provider: provider.name }
  const outcome = await refreshOnce({ ...due, sessions }).catch(unfinished)
  if (outcome.kind !== 'elsewhere') metrics.refresh(provider.name, outcome.kind)
  if (outcome.kind === 'unavailable') {
    const retryInSeconds = pauses.begin(session.id, visitor.now) / 1000
    log.warn(
      { ...facts, problem: outcome.why, retryInSeconds },
      'a session could not be refreshed and goes on as it is',
    )
    return false
  }
  pauses.forget(session.id)
  if (outcome.kind === 'refreshed') log.info(facts, 'session refreshed')
  if (outcome.kind === 'over')
    log.info({ ...facts, problem: outcome.why }, 'session ended, its provider refreshes it no more')
  return true
}

/** Nobody may be waiting for it any more, so no failure leaves here. */
const unfinished = (error: unknown): Outcome => ({ kind: 'unavailable', why: describe(error) })
