// What the rogue provider knows at the moment, and how the faults that are switched on bend what it would say.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Behaviour, SigningKey } from './rogue-faults.ts'
import type { RogueAlg } from './rogue-keys.ts'

export type Grant = {
  readonly nonce: string | null
  readonly challenge: string | null
  readonly redirectUri: string | null
  /** When the person signed in, in seconds. */
  readonly authTime: number
}

type Client = { readonly clientId: string; readonly clientSecret: string }

/** Where the client wants to be told of a logout, and to have the browser back. */
export type Registered = {
  readonly postLogoutRedirectUri?: string
  readonly backchannelLogoutUri?: string
  readonly frontchannelLogoutUri?: string
}

/** What came to these endpoints; of parameters the last. */
export type Seen = {
  /** The headers of every request so far, at whatever endpoint. */
  readonly headers: IncomingHttpHeaders[]
  authorize?: URLSearchParams
  token?: URLSearchParams
  logout?: URLSearchParams
  revoke?: URLSearchParams
  authorization?: string | undefined
  /** The last request for userinfo. */
  userinfo?: Pick<IncomingMessage, 'method' | 'url' | 'headers'>
  /** The last ID token that was given out. */
  idToken?: string
  /** What the client answered to the last logout token that was sent to it. */
  backchannel?: { readonly status: number; readonly cacheControl: string | null }
}

export type World = {
  issuer: string
  key: SigningKey
  wrongs: readonly Behaviour[]
  registered: Registered
  readonly jwksPath: string
  readonly alg: RogueAlg
  readonly client: Client
  readonly seen: Seen
  readonly grants: Map<string, Grant>
  /** By refresh token, each good for one use. */
  readonly refreshable: Map<string, Grant>
  readonly accessTokens: Set<string>
  readonly idTokens: Set<string>
}

export const person = {
  sub: 'subject-of-ann',
  preferred_username: 'ann',
  name: 'Ann Archer',
  email: 'ann@example.com',
  email_verified: true,
  groups: ['sre', 'staff'],
}

type Place =
  | 'metadata'
  | 'header'
  | 'claims'
  | 'refreshedClaims'
  | 'logoutClaims'
  | 'jwks'
  | 'tokens'
  | 'userinfo'
  | 'signedUserinfo'

/** Applies what every fault that is switched on says about one place, in order. */
export function bend<P extends Place>(
  { wrongs }: World,
  place: P,
  right: Parameters<NonNullable<Behaviour[P]>>[0],
): unknown {
  const twists = wrongs.flatMap(wrong => wrong[place] ?? []) as ((value: unknown) => unknown)[]
  return twists.reduce<unknown>((value, twist) => twist(value), right)
}

/** The parameters of a way back to the client, bent. */
export function bendParams(
  { wrongs }: World,
  place: 'redirect' | 'farewell',
  params: URLSearchParams,
): URLSearchParams {
  for (const wrong of wrongs) wrong[place]?.(params)
  return params
}

export const isTold = ({ wrongs }: World, rotate: NonNullable<Behaviour['rotate']>): boolean =>
  wrongs.some(wrong => wrong.rotate === rotate)
