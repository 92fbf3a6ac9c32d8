// Hunt: logins of several browsers at two providers, their answers mixed up. One transaction: state, code, issuer, door and browser belong together, once, and not for long.
import fc from 'fast-check'
import { Jar } from '../session/examples.ts'
import type { Test } from '../support/attack.ts'
import { startGateAt } from '../support/gate.ts'
import { fieldOf, fieldsOf, type RawAnswer, sendRaw } from '../support/raw.ts'
import { type Rogue, startRogueProvider } from '../support/rogue-provider.ts'
import { startUpstream } from '../support/upstream.ts'
import { type Hunt, hunt } from './hunt.ts'

const names = ['corp', 'partner'] as const
type Name = (typeof names)[number]

/** Parts of answers are taken from logins by their number, counted around. */
type Return = {
  readonly state: number
  readonly code: number
  readonly iss: Name | 'none' | 'own'
  readonly door: Name | 'own'
  readonly browser: number | 'own'
  readonly spoilt: 'nothing' | 'state' | 'code'
  /** After all logins so far have expired. */
  readonly late: boolean
}

type Case = {
  readonly logins: ReadonlyArray<{ readonly browser: number; readonly provider: Name }>
  readonly returns: readonly Return[]
}

const BROWSERS = 3
const browser = fc.nat(BROWSERS - 1)
const provider = fc.constantFrom(...names)
const own = fc.constant('own' as const)
const part = fc.nat(3)

const rightReturn = part.map((at): Return => {
  return { state: at, code: at, iss: 'own', door: 'own', browser: 'own', spoilt: 'nothing', late: false }
})
const anyReturn: fc.Arbitrary<Return> = fc.record({
  state: part,
  code: part,
  iss: fc.oneof(own, own, provider, fc.constant('none' as const)),
  door: fc.oneof(own, own, provider),
  browser: fc.oneof(own, own, browser),
  spoilt: fc.constantFrom('nothing', 'nothing', 'nothing', 'state', 'code'),
  late: fc.constantFrom(false, false, false, false, true),
})
/** What belongs together but for one thing. */
const nearlyRight = fc.tuple(
  rightReturn,
  anyReturn,
  fc.constantFrom('code', 'iss', 'door', 'browser', 'spoilt', 'late'),
)

const trial: fc.Arbitrary<Case> = fc.record({
  logins: fc.array(fc.record({ browser, provider }), { minLength: 1, maxLength: 4 }),
  returns: fc.array(
    fc.oneof(
      rightReturn,
      anyReturn,
      nearlyRight.map(([right, any, what]) => ({ ...right, [what]: any[what as keyof Return] })),
    ),
    { minLength: 1, maxLength: 4 },
  ),
})

export const transactions: Hunt = hunt('transactions', trial, async t => {
  const world = await openWorld(t)
  return async ({ logins, returns }) => {
    world.jars = Array.from({ length: BROWSERS }, () => new Jar())
    world.clock.ms = 0
    const begun: Begun[] = []
    for (const { browser, provider } of logins) begun.push(await begin(world, browser, provider))
    let succeeded = 0
    for (const one of returns) {
      const broke = await tryReturn(world, begun, one)
      if (typeof broke === 'string') return { broke }
      succeeded += Number(broke)
    }
    return { saw: succeeded > 0 ? 'signed in' : 'turned away' }
  }
})

type World = {
  readonly port: number
  readonly rogues: Readonly<Record<Name, Rogue>>
  readonly clock: { ms: number }
  jars: readonly Jar[]
}

type Begun = {
  readonly browser: number
  readonly provider: Name
  readonly answer: URLSearchParams
  readonly expiresAt: number
  used: boolean
  /** Its code has been redeemed, by this login or by another. */
  spent: boolean
}

async function openWorld(t: Test): Promise<World> {
  const upstream = await startUpstream(t)
  const rogues = { corp: await startRogueProvider(t), partner: await startRogueProvider(t) }
  const clock = { ms: 0 }
  const { gate } = await startGateAt(t, {
    provider: rogues.corp,
    settings: { providers: names.map(name => ({ name, issuer: rogues[name].issuer, ...rogues[name].client })) },
    routes: [{ upstream: `http://127.0.0.1:${upstream.port}`, allow: [{ authenticated: true }] }],
    now: () => Date.now() + clock.ms,
  })
  return { port: gate.port, rogues, clock, jars: [] }
}

async function get({ port }: World, target: string, jar: Jar | undefined): Promise<RawAnswer> {
  const cookie = jar?.header === undefined ? '' : `Cookie: ${jar.header}\r\n`
  const answer = await sendRaw(
    port,
    `GET ${target} HTTP/1.1\r\nHost: localhost:${port}\r\nAccept: text/html\r\n${cookie}\r\n`,
  )
  jar?.keep(fieldsOf(answer.headers, 'set-cookie'))
  return answer
}

/** As far as the provider's answer, which nobody has brought home yet. */
async function begin(world: World, browser: number, provider: Name): Promise<Begun> {
  const login = await get(world, `/_sallyport/login?provider=${provider}`, world.jars[browser])
  const asked = await fetch(fieldOf(login.headers, 'location') ?? '', { redirect: 'manual' })
  const answer = new URL(asked.headers.get('location') ?? '').searchParams
  return { browser, provider, answer, expiresAt: Date.now() + world.clock.ms + 10 * 60_000, used: false, spent: false }
}

/** Whether somebody was signed in; what is wrong when that, or who was asked for it, should not have been. */
async function tryReturn(world: World, begun: readonly Begun[], one: Return): Promise<string | boolean> {
  const [by, coded] = [begun[one.state % begun.length], begun[one.code % begun.length]]
  if (!by || !coded) return false
  if (one.late) world.clock.ms += 11 * 60_000
  const browser = one.browser === 'own' ? by.browser : one.browser
  const door = one.door === 'own' ? by.provider : one.door
  const iss = one.iss === 'own' ? by.provider : one.iss
  const isIts = browser === by.browser && one.spoilt !== 'state' && !by.used
  const mayAsk = isIts && Date.now() + world.clock.ms < by.expiresAt && door === by.provider && iss === by.provider
  const maySignIn = mayAsk && coded === by && one.spoilt !== 'code' && !by.spent
  if (isIts) by.used = true
  if (mayAsk && one.spoilt !== 'code' && coded.provider === by.provider) coded.spent = true
  const callsBefore = callsOf(world)
  const answer = await get(world, targetOf(world, by, coded, { ...one, door, iss }), world.jars[browser])
  const signedIn = fieldsOf(answer.headers, 'set-cookie').some(line => /^sallyport=[^;]/.test(line))
  if (signedIn !== maySignIn)
    return `${signedIn ? 'signed in' : `turned away with ${answer.status}`} by ${JSON.stringify(one)}`
  if (answer.status === 500) return `answered ${answer.status}`
  return callsOf(world) - callsBefore === Number(mayAsk)
    ? signedIn
    : `a provider was asked about ${JSON.stringify(one)}`
}

const callsOf = ({ rogues }: World): number => rogues.corp.calls.token + rogues.partner.calls.token

type Way = { readonly door: Name; readonly iss: Name | 'none'; readonly spoilt: Return['spoilt'] }

function targetOf({ rogues }: World, by: Begun, coded: Begun, { door, iss, spoilt }: Way): string {
  const params = new URLSearchParams({
    state: spoilt === 'state' ? altered(by.answer.get('state')) : (by.answer.get('state') ?? ''),
    code: spoilt === 'code' ? altered(coded.answer.get('code')) : (coded.answer.get('code') ?? ''),
    ...(iss !== 'none' && { iss: rogues[iss].issuer }),
  })
  return `/_sallyport/callback${door === 'corp' ? '' : `/${door}`}?${params}`
}

const altered = (text: string | null): string => `${text?.slice(0, -1)}${text?.endsWith('A') ? 'B' : 'A'}`
