// D and T, outbound answers: a provider may answer with whatever its sockets can carry. Each call comes to an end, and the next one is a new call.
import type { ServerResponse } from 'node:http'
import t from 'tap'
import { openDoor, signIn } from '../support/oidc.ts'
import type { Behaviour, Endpoint } from '../support/rogue-faults.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'

const json = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'

/** Bytes on the provider's side of the connection, in the place of an answer. */
const answers: Readonly<Record<string, string>> = {
  'a switch of protocols': 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n{}',
  'a switch to nothing': 'HTTP/1.1 101 Odd\r\n\r\n',
  'an answer that says 100 for ever': 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(10_000),
  'hints without end': 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'.repeat(10_000),
  'no HTTP': 'SSH-2.0-odd\r\n',
  nothing: '',
  'half a head': 'HTTP/1.1 200 OK\r\nContent-',
  'an endless head': `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(1_000_000)}`,
  'many fields': `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(100_000)}\r\n{}`,
  'two lengths': `${json}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} `,
  'length and coding': `${json}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
  'less than its length': `${json}Content-Length: 100\r\n\r\n{}`,
  'a bad chunk': `${json}Transfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n`,
  'a status of nothing': 'HTTP/1.1 000 Odd\r\nContent-Length: 2\r\n\r\n{}',
  'a status of four digits': 'HTTP/1.1 2000 Odd\r\nContent-Length: 2\r\n\r\n{}',
  'a status beyond all': 'HTTP/1.1 999 Odd\r\nContent-Length: 2\r\n\r\n{}',
  'HTTP/2': 'HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\n{}',
  'HTTP/0.9': '{"access_token":"a","token_type":"Bearer"}',
}

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
      Object.entries(answers).map(async ([what, bytes]) => {
        const rogue = await startRogueProvider(t, { alg: 'ES256' })
        const door = openDoor(t, rogue, { userinfo: 'always', timeoutMs: 3000 })
        rogue.misbehave(bytesAt(endpoint, bytes, ending))
        await t.rejects(signIn(door), { code: /^(?:login-failed|provider-unavailable)$/ }, what)
        rogue.behave()
        // A discovery that failed is tried again by itself, a moment later.
        if (endpoint !== 'discovery')
          t.match(await signIn(door), { identity: { user: 'ann' } }, `${what}, and then not`)
      }),
    ),
  )
