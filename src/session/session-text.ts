// A session as text, for stores. Tokens are unpacked, because text inside base64 does not compress; claims that the ID token says are not said again.
import type { Identity } from '../core/identity.ts'
import { type Session, type Tokens, unknownDevice } from '../core/session.ts'

type PackedToken = string | readonly [header: string, payload: string, signature: string]
type PackedTokens = Omit<Tokens, TokenName> & { readonly [name in TokenName]?: PackedToken }
type PackedIdentity = Omit<Identity, 'claims'> & Partial<Pick<Identity, 'claims'>>
type PackedSession = Omit<Session, 'identity' | 'tokens' | 'device' | 'revision'> &
  Partial<Pick<Session, 'device' | 'revision'>> & { readonly identity: PackedIdentity; readonly tokens: PackedTokens }
type TokenName = (typeof tokenNames)[number]

const tokenNames = ['idToken', 'accessToken', 'refreshToken'] as const

export function sessionText(session: Session): string {
  const tokens = eachToken(session.tokens, packToken)
  return JSON.stringify({ ...session, identity: packIdentity(session.identity, tokens), tokens })
}

/** `text` must have been proven to be ours: its shape is not checked again. */
export function readSessionText(text: string): Session {
  const packed = JSON.parse(text) as PackedSession
  // The defaults are for what was sealed before these were kept.
  const { device = unknownDevice, revision = 0 } = packed
  const { claims = saidBy(packed.tokens), email, name } = packed.identity
  return {
    ...packed,
    device,
    revision,
    // JSON has no undefined; the type names both fields always.
    identity: { ...packed.identity, claims, email, name },
    tokens: eachToken(packed.tokens, unpackToken) as Tokens,
  }
}

function eachToken(tokens: PackedTokens, change: (token: PackedToken) => PackedToken): PackedTokens {
  const changed = tokenNames.flatMap(name => {
    const token = tokens[name]
    return token === undefined ? [] : [[name, change(token)] as const]
  })
  return { ...tokens, ...Object.fromEntries(changed) }
}

/** Without its claims, when they are the ID token's to the letter: what userinfo added would be lost. */
function packIdentity(identity: Identity, { idToken }: PackedTokens): PackedIdentity {
  const { claims, ...rest } = identity
  return typeof idToken === 'object' && idToken[1] === JSON.stringify(claims) ? rest : identity
}

const saidBy = ({ idToken }: PackedTokens): Identity['claims'] =>
  typeof idToken === 'object' ? JSON.parse(idToken[1]) : {}

/** A JWT's header and payload as the text they encode; whatever would not come back byte by byte stays as it is. */
function packToken(token: PackedToken): PackedToken {
  if (typeof token !== 'string') return token
  const [header = '', payload = '', signature = '', ...more] = token.split('.')
  const packed = [decoded(header), decoded(payload), signature] as const
  return more.length === 0 && unpackToken(packed) === token ? packed : token
}

const unpackToken = (token: PackedToken): string =>
  typeof token === 'string' ? token : `${encoded(token[0])}.${encoded(token[1])}.${token[2]}`

const decoded = (part: string): string => Buffer.from(part, 'base64url').toString()
const encoded = (text: string): string => Buffer.from(text).toString('base64url')
