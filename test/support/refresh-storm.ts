// Many sessions whose tokens end at the same moment, asked for at every gateway at once: how many token calls that takes, and what it costs those who ask.
import { setTimeout as pause } from 'node:timers/promises'
import type { Replicas } from './replicas.ts'
import type { Behaviour } from './rogue-faults.ts'

export type Storm = { readonly sessions: number; readonly rounds: number; readonly requestsPerGateway: number }

export type Round = {
  readonly requests: number
  /** The statuses of requests that failed; 0 stands for no answer. */
  readonly failed: readonly number[]
  readonly tokenCalls: number
  /** Of any one session, by the logs of all gateways. */
  readonly mostRefreshes: number
  readonly seconds: number
}

const SIGN_INS_AT_ONCE = 8
const SESSIONS_AT_ONCE = 100

/** `spanMs`: how long signing everybody in, and one round, may take. */
export async function refreshStorm(replicas: Replicas, storm: Storm, spanMs: number): Promise<readonly Round[]> {
  const { provider, signIn } = replicas
  let endsAt = Date.now() + spanMs
  provider.misbehave(endingAt(() => endsAt))
  const people = await inTurns(Array.from({ length: storm.sessions }), SIGN_INS_AT_ONCE, signIn)
  const rounds: Round[] = []
  for (let round = 0; round < storm.rounds; round++) {
    await pause(Math.max(0, endsAt - Date.now()) + 1100)
    endsAt = Date.now() + spanMs
    rounds.push(await oneRound(replicas, people, storm))
  }
  return rounds
}

/** All tokens end at the same moment, whenever they were given out. */
const endingAt = (moment: () => number): Behaviour => ({
  tokens: given => ({ ...given, expires_in: Math.max(1, Math.ceil((moment() - Date.now()) / 1000)) }),
})

async function oneRound(
  { gateways, provider }: Replicas,
  people: readonly string[],
  { requestsPerGateway }: Storm,
): Promise<Round> {
  const [callsBefore, began] = [provider.calls.token, performance.now()]
  const linesBefore = gateways.map(({ lines }) => lines.length)
  const everywhere = Array.from({ length: requestsPerGateway }, () => gateways).flat()
  const statuses = await inTurns(people, SESSIONS_AT_ONCE, cookies =>
    Promise.all(everywhere.map(gateway => gateway.ask(cookies).catch(() => 0))),
  )
  const seconds = (performance.now() - began) / 1000
  const said = gateways.flatMap(({ lines }, index) => lines.slice(linesBefore[index]))
  const refreshed = said.filter(({ msg }) => msg === 'session refreshed')
  const bySession = Map.groupBy(refreshed, ({ session }) => session)
  return {
    requests: people.length * everywhere.length,
    failed: statuses.flat().filter(status => status !== 200),
    tokenCalls: provider.calls.token - callsBefore,
    mostRefreshes: Math.max(0, ...Array.from(bySession.values(), lines => lines.length)),
    seconds,
  }
}

/** Some at once, each of them starting the next. */
async function inTurns<T, R>(items: readonly T[], atOnce: number, act: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const waiting = items.entries()
  const worker = async () => {
    for (const [index, item] of waiting) results[index] = await act(item)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return results
}
