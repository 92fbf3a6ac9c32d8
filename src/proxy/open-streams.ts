// Whatever is still under way for a session: it ends when the session does, and when the rules no longer let it stay.
import type { Guest, Parting, SecondLook } from '../access/second-look.ts'
import type { Decision, SessionFinding } from '../core/decide.ts'
import { describe } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Session } from '../core/session.ts'
import { routeName } from '../http/log.ts'
import type { Metrics } from '../http/metrics.ts'
import { OpenStream } from './open-stream.ts'

export type OpenStreams = {
  /** An exchange that begins, to be left when it is over. Undefined: nobody's session is needed for it. */
  enter(guest: Guest, decision: Extract<Decision, { kind: 'forward' }>): OpenStream | undefined
  leave(stream: OpenStream | undefined): void
  /** From now on guests are judged like this, and all that are here at once. */
  judgeBy(look: SecondLook): void
  /** These sessions have ended, here or at another replica. */
  end(sessions: ReadonlySet<string>): void
  /** Sessions may have ended without a word. */
  doubt(): void
  /** How many exchanges are under way, by route. */
  count(): ReadonlyMap<string, number>
  close(): void
}

export type OpenStreamsParts = {
  readonly log: Log
  readonly metrics: Pick<Metrics, 'countStreams' | 'streamClosed'>
  readonly now: () => number
}

/** All that is open for one session, which is looked up once for all of it. */
type Party = {
  readonly streams: Set<OpenStream>
  /** Who came last, and what was known of the session then: where sessions live in cookies, the older ones tell less. */
  latest: Guest
  session: Session
  lookAt: number
  unjudgedSince: number | undefined
}

const SWEEP_MS = 1000
/** For so long a stream goes on while nobody can say whether it may. */
const UNJUDGED_MS = 30_000

export function makeOpenStreams({ log, metrics, now }: OpenStreamsParts): OpenStreams {
  const parties = new Map<string, Party>()
  let look: SecondLook | undefined

  const part = (stream: OpenStream, parting: Parting): void => {
    if (!stream.end(parting)) return
    const { visit, session } = stream
    const ms = Math.round(performance.now() - visit.startedAt)
    log.info({ request: visit.id, session: session.id, route: routeName(visit), why: parting.why, ms }, 'stream closed')
    metrics.streamClosed(parting.why)
  }

  const judge = (party: Party, by: SecondLook, finding: SessionFinding): void => {
    const at = now()
    for (const stream of party.streams) {
      const judgement = by.judge(stream, finding, at)
      if (judgement.kind === 'leaves') part(stream, judgement.parting)
      else party.lookAt = Math.min(party.lookAt, judgement.until)
    }
  }

  /** A store also ends what is past its limits, and these have a word of their own. */
  const whyEnded = (stream: OpenStream, party: Party): Parting => {
    const judgement = look?.judge(stream, { kind: 'found', session: party.session }, now())
    return judgement?.kind === 'leaves' ? judgement.parting : { why: 'session-ended', refusal: signedOut }
  }

  const lookAgain = async (party: Party, by: SecondLook): Promise<void> => {
    // Whoever comes in meanwhile brings it forward again.
    party.lookAt = Number.POSITIVE_INFINITY
    try {
      const finding = await newest(party, by)
      party.unjudgedSince = undefined
      if (finding.kind === 'found') party.session = finding.session
      judge(party, by, finding)
    } catch (error) {
      unjudged(party, error)
    }
  }

  /** As all replicas know it; while they cannot be asked, as this one remembers it, for as long as its store allows. */
  const newest = async ({ latest, session }: Party, by: SecondLook): Promise<SessionFinding> => {
    const fresh = by.find(latest, now(), { fresh: true })
    return asSeenHere(await fresh.catch(() => by.find(latest, now(), { fresh: false })), session)
  }

  const unjudged = (party: Party, error: unknown): void => {
    if (party.unjudgedSince === undefined)
      log.warn({ session: party.session.id, error: describe(error) }, 'open streams could not be judged')
    party.unjudgedSince ??= now()
    if (now() < party.unjudgedSince + UNJUDGED_MS) party.lookAt = now() + SWEEP_MS
    else for (const stream of party.streams) part(stream, { why: 'unjudged' })
  }

  const sweep = (by: SecondLook): void => {
    for (const party of parties.values()) if (now() >= party.lookAt) void lookAgain(party, by)
  }

  const timer = setInterval(() => look && sweep(look), SWEEP_MS).unref()

  return {
    enter(guest, { reason, session }) {
      if (reason === 'public' || !session) return undefined
      const stream = new OpenStream(guest, session)
      const party = parties.get(session.id) ?? newParty(session, guest)
      parties.set(session.id, party)
      party.streams.add(stream)
      party.latest = guest
      party.session = session
      // The next sweep looks: while this visit was being let in, its session may have ended.
      party.lookAt = Math.min(party.lookAt, now())
      return stream
    },
    leave(stream) {
      if (!stream) return
      const party = parties.get(stream.session.id)
      party?.streams.delete(stream)
      if (party?.streams.size === 0) parties.delete(stream.session.id)
    },
    judgeBy(next) {
      look = next
      for (const party of parties.values()) void lookAgain(party, next)
    },
    end(sessions) {
      for (const id of sessions) {
        const party = parties.get(id)
        if (party) for (const stream of party.streams) part(stream, whyEnded(stream, party))
      }
    },
    doubt() {
      for (const party of parties.values()) party.lookAt = now()
    },
    count() {
      const counts = new Map<string, number>()
      for (const { streams } of parties.values())
        for (const { visit } of streams) counts.set(routeName(visit), (counts.get(routeName(visit)) ?? 0) + 1)
      return counts
    },
    close: () => clearInterval(timer),
  }
}

const signedOut = { kind: 'login', reason: 'session-unknown' } as const

const newParty = (session: Session, latest: Guest): Party => ({
  streams: new Set(),
  latest,
  session,
  lookAt: Number.POSITIVE_INFINITY,
  unjudgedSince: undefined,
})

/** What happened here is known here, whatever an older cookie says. */
function asSeenHere(finding: SessionFinding, session: Session): SessionFinding {
  if (finding.kind === 'ended' && finding.why === 'idle') return { kind: 'found', session }
  if (finding.kind !== 'found' || finding.session.seenAt >= session.seenAt) return finding
  return { kind: 'found', session: { ...finding.session, seenAt: session.seenAt } }
}
