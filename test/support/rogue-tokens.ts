// The rogue provider's tokens: right ones, bent by whatever faults are switched on.
import { createHash, randomBytes } from 'node:crypto'
import type { Fields } from './rogue-faults.ts'
import { halfHash, newKey, signRight } from './rogue-keys.ts'
import { bend, type Grant, isTold, person, type World } from './rogue-world.ts'

/** The answer to a token request; undefined when its code or refresh token is worth nothing (any more). */
export function tokensFor(form: URLSearchParams, world: World): unknown {
  const isRefresh = form.get('grant_type') === 'refresh_token'
  const grant = takeGrant(form, isRefresh, world)
  if (!grant) return undefined
  if (isTold(world, 'before signing')) world.key = newKey(world.alg)
  const accessToken = randomText()
  world.accessTokens.add(accessToken)
  const refreshToken = randomText()
  world.refreshable.set(refreshToken, grant)
  const idToken = idTokenFor(grant, { accessToken, isRefresh }, world)
  world.idTokens.add(idToken)
  world.seen.idToken = idToken
  const tokens = { access_token: accessToken, refresh_token: refreshToken, id_token: idToken }
  return bend(world, 'tokens', { ...tokens, token_type: 'Bearer', expires_in: 300 })
}

/** A code or a refresh token, which is spent by it. */
function takeGrant(form: URLSearchParams, isRefresh: boolean, { grants, refreshable }: World): Grant | undefined {
  const [kept, key] = isRefresh ? [refreshable, 'refresh_token'] : [grants, 'code']
  const grant = kept.get(form.get(key) ?? '')
  kept.delete(form.get(key) ?? '')
  return grant && (isRefresh ? !form.has('redirect_uri') : isHonest(form, grant)) ? grant : undefined
}

function isHonest(form: URLSearchParams, { challenge, redirectUri }: Grant): boolean {
  const verifier = createHash('sha256')
    .update(form.get('code_verifier') ?? '')
    .digest('base64url')
  return (
    form.get('grant_type') === 'authorization_code' &&
    verifier === challenge &&
    form.get('redirect_uri') === redirectUri
  )
}

type Occasion = { readonly accessToken: string; readonly isRefresh: boolean }

function idTokenFor({ nonce, authTime }: Grant, { accessToken, isRefresh }: Occasion, world: World): string {
  const iat = Math.floor(Date.now() / 1000)
  const about = { iss: world.issuer, sub: person.sub, aud: world.client.clientId, sid: 'session-1' }
  const times = { iat, exp: iat + 300, auth_time: authTime }
  const bound = { at_hash: halfHash(accessToken, world.alg), ...(nonce && { nonce }) }
  const claims = bend(world, 'claims', { ...about, ...times, ...bound }) as Fields
  return sign(world, isRefresh ? bend(world, 'refreshedClaims', claims) : claims)
}

/** As it would be sent to `backchannel-logout`: about the person and the session of every login here. `undefined` leaves a claim out. */
export function logoutToken(world: World, about: Fields): string {
  const iat = Math.floor(Date.now() / 1000)
  const times = { iat, exp: iat + 120, jti: randomText() }
  const events = { 'http://schemas.openid.net/event/backchannel-logout': {} }
  const right = { iss: world.issuer, aud: world.client.clientId, ...times, events, sub: person.sub, sid: 'session-1' }
  return sign(world, bend(world, 'logoutClaims', { ...right, ...about }), 'logout+jwt')
}

export function sign(world: World, claims: unknown, typ = 'JWT'): string {
  const header = bend(world, 'header', { alg: world.alg, kid: world.key.kid, typ })
  const signer = world.wrongs.findLast(wrong => wrong.sign)?.sign ?? signRight
  return signer(header as Fields, claims as Fields, world.key)
}

export const randomText = (): string => randomBytes(16).toString('base64url')
