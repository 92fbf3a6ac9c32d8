// A fort for attacks: the whole gateway with a public, a guarded and a common room before one echo upstream, and bytes to throw at it.

import { setTimeout as pause } from 'node:timers/promises'
import { type Gate, type GateOptions, type Settings, startGate } from './gate.ts'
import type { RealProvider } from './provider.ts'
import { openRaw, type RawAnswer, type RawOptions } from './raw.ts'
import { echo, type Script, type SeenRequest, startUpstream, type TestUpstream } from './upstream.ts'

export type Test = Parameters<typeof startGate>[0]

export type Fort = {
  readonly gate: Gate
  readonly provider: RealProvider
  readonly upstream: TestUpstream
  /** `localhost:PORT` */
  readonly host: string
  /** Writes these bytes on a connection of their own, and says what came of it. */
  strike(bytes: string, options?: StrikeOptions): Promise<Impact>
  /** A request of these parts, as one string; `Host` and an empty line are added. */
  request(line: string, ...fields: readonly string[]): string
  /** What the upstream does for a target: with a request, or as soon as its head is there. Everything else is echoed. */
  readonly scripts: Map<string, Script>
  readonly heads: Map<string, Script>
  /** Another client on the same pool gets its own answer, and no smuggled request has reached anybody. */
  probe(t: Test, after: string): Promise<void>
  /** The Cookie header of a browser in which this person has signed in. */
  signIn(user: string): Promise<string>
}

export type StrikeOptions = RawOptions & {
  /** How many final answers to wait for, unless the connection ends before; 1. */
  readonly answers?: number
}

export type Impact = {
  /** The status of each answer, in order. */
  readonly statuses: readonly number[]
  readonly answers: readonly RawAnswer[]
  /** Whether the gateway ended the connection behind the last answer. */
  readonly closed: boolean
  /** What the upstream has been asked meanwhile. */
  readonly reached: readonly SeenRequest[]
}

export type FortOptions = Pick<GateOptions, 'settings' | 'now' | 'providerOptions'> & {
  /** What the upstream does where no script says otherwise. */
  readonly answer?: Script
  /** Settings for all of the three routes. */
  readonly everyRoute?: Settings
  readonly moreRoutes?: readonly Settings[]
  /** Instead of the three. */
  readonly routes?: readonly Settings[]
}

const threeRooms: readonly Settings[] = [
  { name: 'public', path: '/public', public: true },
  { name: 'admin', path: '/admin', allow: [{ groups: ['sre'] }] },
  { name: 'all', path: '/', allow: [{ authenticated: true }] },
]

/** `/public` for everybody, `/admin` for the group sre (ann, not bob), everything else for whoever is signed in. */
export async function buildFort(t: Test, options: FortOptions = {}): Promise<Fort> {
  const scripts = new Map<string, Script>()
  const heads = new Map<string, Script>()
  const upstream = await startUpstream(t, {
    answer: turn => (scripts.get(turn.request.target) ?? options.answer ?? echo)(turn),
    onHead: turn => heads.get(turn.request.target)?.(turn),
  })
  const address = `http://127.0.0.1:${upstream.port}`
  const routes = [...(options.routes ?? threeRooms), ...(options.moreRoutes ?? [])]
  const { gate, provider, newBrowser } = await startGate(t, {
    routes: routes.map(route => ({ upstream: address, ...options.everyRoute, ...route })),
    ...(options.settings && { settings: options.settings }),
    ...(options.now && { now: options.now }),
    ...(options.providerOptions && { providerOptions: options.providerOptions }),
  })
  const host = `localhost:${gate.port}`
  const request: Fort['request'] = (line, ...fields) => [line, `Host: ${host}`, ...fields, '', ''].join('\r\n')
  return {
    gate,
    provider,
    upstream,
    host,
    scripts,
    heads,
    request,
    strike: (bytes, how) => strike(gate, upstream, bytes, how),
    async probe(t, after) {
      const { answers } = await strike(gate, upstream, request('GET /public/probe HTTP/1.1'))
      t.match(answers[0]?.body, '"target":"/public/probe"', `${after}: the next client gets its own answer`)
      const smuggled = upstream.requests.filter(({ target }) => target.includes('smuggled'))
      t.same(smuggled, [], `${after}: nothing was smuggled`)
    },
    async signIn(user) {
      const browser = newBrowser()
      await browser.signInAs(user, '/')
      const cookies = browser.cookies('/')
      if (cookies === undefined) throw new Error(`${user} could not sign in`)
      return cookies
    },
  }
}

/** Nothing in these tests takes as long; what does is an answer that never comes. */
const PATIENCE_MS = 5_000

async function strike(
  { port }: Gate,
  upstream: TestUpstream,
  bytes: string,
  { answers: wanted = 1, ...options }: StrikeOptions = {},
): Promise<Impact> {
  const before = upstream.requests.length
  const connection = await openRaw(port, options)
  const impatient = setTimeout(() => connection.socket.destroy(), PATIENCE_MS)
  const answers: RawAnswer[] = []
  try {
    connection.send(bytes)
    while (answers.length < wanted) {
      const answer = await connection.answer(bytes.slice(0, bytes.indexOf(' ')))
      if (!answer) break
      answers.push(answer)
    }
    if (/^connection:.*close/im.test(answers.at(-1)?.head ?? '')) await connection.closed
    return {
      statuses: answers.map(answer => answer.status),
      answers,
      closed: connection.wire.ended,
      reached: upstream.requests.slice(before),
    }
  } finally {
    clearTimeout(impatient)
    connection.socket.destroy()
  }
}

/** Refused with one of these statuses, nothing behind it is read, and the upstream has seen nothing. */
export function refused(t: Test, impact: Impact, what: string, statuses: readonly number[] = [400]): void {
  const [status = 0] = impact.statuses
  const wanted = { status: statuses.includes(status) ? status : statuses, closed: true, reached: [] }
  t.same({ status, closed: impact.closed, reached: targetsOf(impact) }, wanted, `${what} is refused`)
}

/** The beginning of a request, to be smuggled behind another. */
export const smuggled = 'GET /admin/smuggled HTTP/1.1\r\nX: '

/** Each message is refused with one of these statuses, what was smuggled behind it reaches nobody, and the next client is served. */
export async function refusedAll(
  t: Test,
  { strike, probe }: Fort,
  messages: Readonly<Record<string, string>>,
  statuses: readonly number[] = [400],
): Promise<void> {
  for (const [what, message] of Object.entries(messages)) refused(t, await strike(message + smuggled), what, statuses)
  await probe(t, 'after all of them')
}

/** The request reached the upstream with exactly this target. */
export function passed(t: Test, impact: Impact, target: string): void {
  const wanted = { statuses: [200], reached: [target] }
  t.same({ statuses: impact.statuses, reached: targetsOf(impact) }, wanted, `${target} passes byte for byte`)
}

const targetsOf = ({ reached }: Impact): readonly string[] => reached.map(({ target }) => target)

export const websocketKey = 'dGhlIHNhbXBsZSBub25jZQ=='

/** What makes a request a websocket handshake. */
export const websocketFields: readonly string[] = [
  ...['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13'],
  `Sec-WebSocket-Key: ${websocketKey}`,
]

/** Waits for what no event tells; not for ever. */
export async function until(isSo: () => boolean): Promise<void> {
  for (let patience = 200; patience > 0 && !isSo(); patience--) await pause(10)
}
