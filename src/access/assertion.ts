// The assertion: a short-lived JWT (RFC 7519) signed by us that tells the backend who it is, made once per session and route and kept until half its time is over.
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { Route } from '../core/route.ts'
import type { Secret } from '../core/secret.ts'
import type { Session } from '../core/session.ts'
import type { AssertionConfig } from '../core/settings.ts'

export type SigningKey = { readonly kid: string; readonly privateKey: KeyObject; readonly publicJwk: PublicJwk }

/** RFC 7517 4, RFC 7518 6.2.1. */
export type PublicJwk = {
  readonly kty: string
  readonly crv: string
  readonly x: string
  readonly y: string
  readonly kid: string
  readonly alg: 'ES256'
  readonly use: 'sig'
}

export type SigningKeys = readonly [SigningKey, ...SigningKey[]]

/** The first signs, all are published. */
export function signingKeys(pems: readonly Secret[]): SigningKeys {
  const [first = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, ...rest] = pems.map(pem =>
    createPrivateKey(pem.reveal()),
  )
  return [signingKey(first), ...rest.map(signingKey)]
}

function signingKey(privateKey: KeyObject): SigningKey {
  const { kty, crv, x, y } = createPublicKey(privateKey).export({ format: 'jwk' })
  // RFC 7638: the thumbprint is over exactly these members in this order.
  const kid = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url')
  return {
    kid,
    privateKey,
    publicJwk: {
      kty: kty as string,
      crv: crv as string,
      x: x as string,
      y: y as string,
      kid,
      alg: 'ES256',
      use: 'sig',
    },
  }
}

export type Assertions = { for(session: Session, route: Route, now: number): string }

type Minted = { readonly jwt: string; readonly freshUntil: number }

export function makeAssertions({ ttlMs }: AssertionConfig, issuer: string, keys: SigningKeys): Assertions {
  // Sessions are values: when one changes, it is another key here and gets a new assertion.
  const minted = new WeakMap<Session, Map<string, Minted>>()
  return {
    for(session, route, now) {
      const ofSession = minted.get(session) ?? new Map<string, Minted>()
      minted.set(session, ofSession)
      const kept = ofSession.get(route.name)
      if (kept && now < kept.freshUntil) return kept.jwt
      const jwt = mint(keys[0], claimsOf(session, route, { issuer, now, ttlMs }))
      ofSession.set(route.name, { jwt, freshUntil: now + ttlMs / 2 })
      return jwt
    },
  }
}

type Frame = { readonly issuer: string; readonly now: number; readonly ttlMs: number }

/** `aud` is the route, so that one backend cannot pass its visitor's assertion on to another. */
function claimsOf({ id, identity }: Session, route: Route, { issuer, now, ttlMs }: Frame): object {
  const iat = Math.floor(now / 1000)
  const { subject, user, email, emailVerified, name, groups, provider } = identity
  return {
    iss: issuer,
    aud: route.name,
    sub: subject,
    iat,
    exp: iat + Math.ceil(ttlMs / 1000),
    sid: id,
    idp: provider,
    user,
    email,
    email_verified: emailVerified,
    name,
    groups,
  }
}

function mint({ kid, privateKey }: SigningKey, claims: object): string {
  const input = `${encode({ alg: 'ES256', typ: 'JWT', kid })}.${encode(claims)}`
  // RFC 7518 3.4: R and S side by side, not DER.
  const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
