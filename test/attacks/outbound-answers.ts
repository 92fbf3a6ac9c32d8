// D and T, outbound answers: a provider may answer with whatever its sockets can carry. Each call comes to an end, and the next one is a new call.
import type { ServerResponse } from 'node:http'
import t from 'tap'
import { openDoor, signIn } from '../support/oidc.ts'
import type { Behaviour, Endpoint } from '../support/rogue-faults.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'
import { oddAnswers } from './fixtures/odd-answers.ts'

/** Bytes on the provider's side of the connection, in the place of an answer. */
const bytesAt = (endpoint: Endpoint, bytes: string, ending: 'ends' | 'stays'): Behaviour => ({
  answers: {
    [endpoint]: (_: unknown, { socket }: ServerResponse) => {
      socket?.write(bytes, 'latin1')
      if (ending === 'ends') socket?.end()
    },
  },
})

const calls = [
  ...(['discovery', 'jwks', 'token', 'userinfo'] as const).map(endpoint => [endpoint, 'ends'] as const),
  ['token', 'stays'],
] as const

for (const [endpoint, ending] of calls)
  t.test(`an answer of ${endpoint} that is none comes to an end, though its connection ${ending} (D-14, T-26)`, t =>
    Promise.all(
      Object.entries(oddAnswers).map(async ([what, bytes]) => {
        const rogue = await startRogueProvider(t, { alg: 'ES256' })
        const door = openDoor(t, rogue, { userinfo: 'always', timeoutMs: ending === 'stays' ? 2000 : 20_000 })
        rogue.misbehave(bytesAt(endpoint, bytes, ending))
        await t.rejects(signIn(door), { code: /^(?:login-failed|provider-unavailable)$/ }, what)
        rogue.behave()
        // A discovery that failed is tried again by itself, and a connection that stays may be owed the rest of its answer.
        if (endpoint === 'discovery' || ending === 'stays') return
        t.match(await signIn(door), { identity: { user: 'ann' } }, `${what}, and then not`)
      }),
    ),
  )
