// Hunt: everything that a provider says, spoilt at any place. Nobody is signed in or out by it unless every claim that counts is right, and nothing but a refusal is thrown.
import type { ServerResponse } from 'node:http'
import fc from 'fast-check'
import { SallyportError } from '../../src/core/errors.ts'
import { makeProvider, type Provider } from '../../src/oidc/provider.ts'
import { anyText } from '../support/any-text.ts'
import { rememberingLog, settingsFor, signIn } from '../support/oidc.ts'
import type { Behaviour, Endpoint, Fields } from '../support/rogue-faults.ts'
import { type Rogue, startRogueProvider } from '../support/rogue-provider.ts'
import { type Hunt, hunt, type Outcome } from './hunt.ts'
import { type JsonChange, jsonChange, withChanges } from './json-changes.ts'

const places = ['metadata', 'header', 'claims', 'jwks', 'tokens', 'userinfo', 'signedUserinfo', 'logoutClaims'] as const

type Values = {
  readonly kind: 'values'
  readonly place: (typeof places)[number]
  readonly changes: readonly JsonChange[]
}
/** One character at a share of its length becomes this text. */
type Edited = { readonly kind: 'token'; readonly of: 'login' | 'logout'; readonly at: number; readonly text: string }
type Raw = {
  readonly kind: 'answer'
  readonly endpoint: Endpoint
  readonly status: number
  readonly type: string
  readonly body: string
}
type Case = Values | Edited | Raw

const trial: fc.Arbitrary<Case> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('values' as const),
      place: fc.constantFrom(...places),
      changes: fc.array(jsonChange, { minLength: 1, maxLength: 3 }),
    }),
  },
  fc.record({
    kind: fc.constant('token' as const),
    of: fc.constantFrom('login', 'logout'),
    at: fc.double({ min: 0, max: 0.999, noNaN: true }),
    text: fc.constantFrom('', 'A', 'B', '.', '=', ' ', '\n', '\0', 'é', '.e30', '.'.repeat(100_000)),
  }),
  fc.record({
    kind: fc.constant('answer' as const),
    endpoint: fc.constantFrom<Endpoint>('discovery', 'jwks', 'token', 'userinfo'),
    status: fc.constantFrom(200, 200, 200, 204, 206, 301, 307, 400, 401, 403, 404, 429, 500, 503),
    type: fc.constantFrom(
      'application/json',
      'application/jwt',
      'text/html',
      'application/json; charset=utf-16',
      'json',
    ),
    body: fc.oneof(
      fc.json({ maxDepth: 3 }),
      fc.constantFrom(
        '',
        '{',
        'null',
        '[]',
        '"',
        '{"keys":{}}',
        '{"error":"invalid_grant"}',
        '\ufeff{}',
        '['.repeat(50_000),
      ),
      anyText({ maxLength: 20 }),
    ),
  }),
)

export const tokens: Hunt = hunt('tokens', trial, async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  return async one => {
    const said: Said = {}
    rogue.behave()
    rogue.misbehave(listening(said), spoiling(one, said))
    const provider = makeProvider(settingsFor(rogue, { userinfo: userinfoFor(one) }), rememberingLog())
    try {
      return await believed(one, said, { rogue, provider })
    } catch (error) {
      return error instanceof SallyportError ? { saw: 'refused' } : { broke: `it threw ${String(error)}` }
    } finally {
      await provider.close()
    }
  }
})

/** What the provider said in the end, after everything that was done to it. */
type Said = { header?: Fields; claims?: Fields; logoutClaims?: Fields; userinfo?: Fields; changedToken?: boolean }

const listening = (said: Said): Behaviour => ({
  header: given => keep(said, 'header', given),
  claims: given => keep(said, 'claims', given),
})

function keep(said: Said, place: 'header' | 'claims' | 'logoutClaims' | 'userinfo', given: Fields): Fields {
  said[place] = given
  return given
}

function spoiling(one: Case, said: Said): Behaviour {
  const spoil = (given: unknown) => (one.kind === 'values' ? withChanges(given, one.changes) : given)
  switch (one.kind) {
    case 'values':
      return { [one.place]: (given: Fields) => keepSpoilt(said, one.place, spoil(given) as Fields) }
    case 'token':
      return { tokens: given => ({ ...given, id_token: edited(String(given.id_token), one, said) }) }
    case 'answer':
      return {
        answers: {
          [one.endpoint]: (_: unknown, response: ServerResponse) =>
            response.writeHead(one.status, { 'content-type': one.type }).end(one.body),
        },
      }
    default:
      throw one satisfies never
  }
}

const keepSpoilt = (said: Said, place: Values['place'], spoilt: Fields): Fields => {
  if (place === 'userinfo' || place === 'signedUserinfo') return keep(said, 'userinfo', spoilt)
  return place === 'header' || place === 'claims' || place === 'logoutClaims' ? keep(said, place, spoilt) : spoilt
}

/** Userinfo is asked for where that is what is spoilt. */
const userinfoFor = (one: Case): 'always' | 'never' => {
  const about = one.kind === 'values' ? one.place : one.kind === 'answer' ? one.endpoint : ''
  return /userinfo/i.test(about) ? 'always' : 'never'
}

function edited(token: string, { at, text }: Edited, said: Said): string {
  const place = Math.floor(at * token.length)
  const changed = token.slice(0, place) + text + token.slice(place + 1)
  said.changedToken = !isSame(token, changed)
  return changed
}

/** What is signed counts by its letters, a signature by its bytes: base64url has spare bits at the end. */
function isSame(token: string, other: string): boolean {
  const [signed, signature] = halves(token)
  const [otherSigned, otherSignature] = halves(other)
  return signed === otherSigned && Buffer.from(signature, 'base64url').equals(Buffer.from(otherSignature, 'base64url'))
}

const halves = (token: string): readonly [string, string] => {
  const dot = token.lastIndexOf('.')
  return [token.slice(0, dot), token.slice(dot + 1)]
}

type World = { readonly rogue: Rogue; readonly provider: Provider }

async function believed(one: Case, said: Said, { rogue, provider }: World): Promise<Outcome> {
  if ((one.kind === 'values' && one.place === 'logoutClaims') || (one.kind === 'token' && one.of === 'logout')) {
    const token = rogue.logoutToken()
    const reading = await provider.readLogoutToken(one.kind === 'token' ? edited(token, one, said) : token, Date.now())
    if (!reading.ok) return { saw: 'refused' }
    return outcome(said.logoutClaims ? problemIn(said.logoutClaims, rogue) : undefined, said)
  }
  const { identity } = await signIn(provider)
  const { claims = {}, userinfo, header = {} } = said
  const nonce = claims.nonce === rogue.seen.authorize?.get('nonce') ? undefined : 'the nonce was another'
  const mixed = userinfo && userinfo.sub !== claims.sub ? 'userinfo was about somebody else' : undefined
  const alg = header.alg === 'ES256' ? undefined : 'the algorithm was not allowed'
  const subject = identity.subject === claims.sub ? undefined : 'the subject became another'
  return outcome(problemIn(claims, rogue) ?? nonce ?? mixed ?? alg ?? subject, said)
}

const outcome = (problem: string | undefined, { changedToken }: Said): Outcome => {
  const wrong = problem ?? (changedToken ? 'another token was signed' : undefined)
  return wrong === undefined ? { saw: 'believed' } : { broke: `it was believed although ${wrong}` }
}

/** What both kinds of tokens must have right. */
function problemIn({ iss, aud, exp, iat, sub }: Fields, { issuer, client }: Rogue): string | undefined {
  const now = Date.now() / 1000
  if (iss !== issuer) return 'the issuer was another'
  if (!(Array.isArray(aud) ? aud : [aud]).includes(client.clientId)) return 'it was for somebody else'
  if (typeof exp !== 'number' || exp < now - 31 || typeof iat !== 'number' || iat > now + 31)
    return 'it was not the time'
  return sub === undefined || (typeof sub === 'string' && sub !== '') ? undefined : 'the subject was no name'
}
