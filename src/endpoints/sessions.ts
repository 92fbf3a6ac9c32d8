// `sessions`: where people see where they are signed in, and sign out there. Whatever they send, only sessions of their own end.
import { browserName } from '../core/browser-name.ts'
import type { Session, SessionSummary } from '../core/session.ts'
import { type Answer, jsonAnswer, pageAnswer, redirectAnswer, withCookies } from '../http/answer.ts'
import { cameFrom } from '../http/asks.ts'
import { failureAnswer } from '../http/failure.ts'
import { sessionsPage } from '../pages/sessions-page.ts'
import type { Found } from '../session/sessions.ts'
import { type OwnSessions, ownSessions } from './own-sessions.ts'
import { type Caller, type Endpoint, onlyParam, type Reception } from './reception.ts'
import { unauthenticated } from './unauthenticated.ts'

/** More rows than this are nobody's devices; "everywhere else" ends those beyond it as well. */
const MOST_ROWS = 50

export const getSessions: Endpoint = async (caller, reception) => {
  const found = await find(caller, reception)
  const { finding, setCookies } = found
  if (finding.kind !== 'found') return signInFirst(found, caller, reception)
  const own = await ownSessions(finding.session, reception)
  const answer = caller.visit.asks === 'data' ? listAnswer(own) : listPage(finding.session, own, caller, reception)
  return withCookies(answer, setCookies)
}

/** `which`: the id of one, `others`, or `all`. The same rules as for a logout: no other site can do it. */
export const postEndSessions: Endpoint = async (caller, reception) => {
  if (cameFrom(caller.raw, caller.address.origin) === 'elsewhere') return failureAnswer(caller.visit, 'cross-site')
  const found = await find(caller, reception)
  const { finding, setCookies } = found
  if (finding.kind !== 'found') return signInFirst(found, caller, reception)
  const which = onlyParam(caller.params, 'which')
  if (which === undefined) return failureAnswer(caller.visit, 'request-malformed')
  const { ended, endedHere } = await end(which, finding.session, reception)
  reception.log.info({ request: caller.visit.id, by: finding.session.id, sessions: ended }, 'signed out elsewhere')
  if (!endedHere) return withCookies(doneAnswer(ended, `${reception.prefix}/sessions`, caller), setCookies)
  const here = await reception.sessions.end(caller.visit.cookies, caller.address.host, reception.now())
  return withCookies(doneAnswer(ended, `${reception.prefix}/signed-out`, caller), here.setCookies)
}

async function find({ visit, address }: Caller, { sessions, now }: Reception): Promise<Found> {
  const found = await sessions.find(visit.cookies, address.host, now())
  if (found.finding.kind === 'found') visit.trail.session = found.finding.session
  return found
}

/** Comes back to the list, whatever it was that somebody wanted here. */
function signInFirst({ finding, setCookies }: Found, caller: Caller, reception: Reception): Answer {
  if (caller.visit.asks === 'data') return unauthenticated(caller, reception, finding, 'sessions')
  return withCookies(redirectAnswer(`${reception.prefix}/login?then=sessions`), setCookies)
}

type Outcome = { readonly ended: readonly string[]; readonly endedHere: boolean }

async function end(which: string, session: Session, reception: Reception): Promise<Outcome> {
  const { sessions, now } = reception
  const { issuer, subject } = session.identity
  if (which === 'all') return { ended: await sessions.endWhere({ issuer, subject }, now() + 1), endedHere: true }
  if (which === 'others') return { ended: await endOthers(session, reception), endedHere: false }
  // Looked up among one's own, so that nobody can end, or learn of, what is not theirs.
  const { others } = await ownSessions(session, reception)
  const isOwn = which === session.id || others.some(({ id }) => id === which)
  const ended = isOwn ? await sessions.endWhere({ id: which }, now() + 1) : []
  return { ended, endedHere: isOwn && which === session.id }
}

/** As many at a time as are listed at once. */
async function endOthers(session: Session, reception: Reception): Promise<readonly string[]> {
  const { sessions, now } = reception
  const ended: string[] = []
  for (;;) {
    const { others } = await ownSessions(session, reception)
    const gone = await Promise.all(others.map(({ id }) => sessions.endWhere({ id }, now() + 1)))
    if (gone.flat().length === 0) return ended
    ended.push(...gone.flat())
  }
}

function doneAnswer(ended: readonly string[], next: string, { visit, raw }: Caller): Answer {
  const wantsJson = visit.asks === 'data' && raw.headers.accept?.includes('application/json')
  return wantsJson ? jsonAnswer(200, { ended, location: next }) : redirectAnswer(next)
}

function listAnswer({ current, others, areAllKnown }: OwnSessions): Answer {
  const shown = (summary: SessionSummary) => ({
    id: summary.id,
    current: summary === current,
    browser: browserName(summary.device.browser),
    userAgent: summary.device.browser,
    address: summary.device.address,
    provider: summary.provider,
    startedAt: new Date(summary.startedAt).toISOString(),
    seenAt: new Date(summary.seenAt).toISOString(),
  })
  return jsonAnswer(200, { sessions: [current, ...others].map(shown), complete: areAllKnown })
}

function listPage(session: Session, own: OwnSessions, { visit }: Caller, { prefix, now }: Reception): Answer {
  const endAction = (which: string) => `${prefix}/sessions/end?which=${encodeURIComponent(which)}`
  const devices = [own.current, ...own.others].slice(0, MOST_ROWS).map(summary => ({
    browser: browserName(summary.device.browser),
    address: summary.device.address,
    provider: summary.provider,
    isThisOne: summary === own.current,
    startedAt: summary.startedAt,
    seenAt: summary.seenAt,
    endAction: summary === own.current ? `${prefix}/logout` : endAction(summary.id),
  }))
  const page = sessionsPage({
    user: session.identity.user,
    devices,
    more: own.areAllKnown ? own.others.length + 1 - devices.length : 'unknown',
    endOthersAction: endAction('others'),
    endAllAction: endAction('all'),
    requestId: visit.id,
    now: now(),
  })
  return pageAnswer(200, page, 'form')
}
