// Sealed envelopes: text that only we can read, write or move, as base64url of `version | key id | salt | iv | ciphertext | tag`.
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { SallyportError } from '../core/errors.ts'
import type { Secret } from '../core/secret.ts'

/** What an envelope is for. It opens only under the label it was sealed under: no cookie can stand in for another. */
export type Label = {
  readonly purpose: 'session' | 'session-summary' | 'pending-login'
  readonly cookie: string
  readonly host: string
}

export type Sealer = {
  /** Seals with the first secret. Throws `session-too-large` for what open() would refuse. */
  seal(text: string, label: Label): string
  /** The text, if any of the secrets sealed exactly this under exactly this label. Every failure looks the same. */
  open(envelope: string, label: Label): string | undefined
}

/** The most text that an envelope holds, so that no envelope inflates into more. */
const MOST_TEXT_BYTES = 64 * 1024

const VERSION = 1
const KEY_ID_BYTES = 4
const SALT_BYTES = 16
const IV_BYTES = 12
const TAG_BYTES = 16
const HEAD_BYTES = 1 + KEY_ID_BYTES
const TEXT_AT = HEAD_BYTES + SALT_BYTES + IV_BYTES

type Key = { readonly id: Buffer; readonly root: Buffer }

export function makeSealer(secrets: readonly [Secret, ...Secret[]]): Sealer {
  const first = keyFrom(secrets[0])
  const keys = [first, ...secrets.slice(1).map(keyFrom)]
  return {
    seal: (text, label) => seal(deflated(text), label, first),
    open(envelope, label) {
      const bytes = exactBytes(envelope)
      const key = bytes && keys.find(({ id }) => id.equals(bytes.subarray(1, HEAD_BYTES)))
      return key && open(bytes, label, key)
    },
  }
}

/** RFC 5869 2.2, once per secret. The id tells secrets apart and tells nothing about them. */
const keyFrom = (secret: Secret): Key => ({
  id: deriveKey(secret, 'key id', KEY_ID_BYTES),
  root: deriveKey(secret, 'envelopes', 32),
})

/** What one use of a secret gets tells nothing about another. */
export const deriveKey = (secret: Secret, use: string, bytes: number): Buffer =>
  Buffer.from(hkdfSync('sha256', secret.reveal(), 'sallyport', use, bytes))

function seal(content: Buffer, label: Label, key: Key): string {
  const head = Buffer.from([VERSION, ...key.id])
  const salt = randomBytes(SALT_BYTES)
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', envelopeKey(key, salt), iv, { authTagLength: TAG_BYTES })
  cipher.setAAD(boundTo(head, label))
  const ciphertext = [cipher.update(content), cipher.final()]
  return Buffer.concat([head, salt, iv, ...ciphertext, cipher.getAuthTag()]).toString('base64url')
}

function open(bytes: Buffer, label: Label, key: Key): string | undefined {
  const salt = bytes.subarray(HEAD_BYTES, HEAD_BYTES + SALT_BYTES)
  const iv = bytes.subarray(HEAD_BYTES + SALT_BYTES, TEXT_AT)
  const decipher = createDecipheriv('aes-256-gcm', envelopeKey(key, salt), iv, { authTagLength: TAG_BYTES })
  decipher.setAAD(boundTo(bytes.subarray(0, HEAD_BYTES), label))
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
  try {
    const content = Buffer.concat([decipher.update(bytes.subarray(TEXT_AT, -TAG_BYTES)), decipher.final()])
    // Only now: nothing is inflated before final() has proven that we deflated it.
    return inflateRawSync(content, { maxOutputLength: MOST_TEXT_BYTES }).toString()
  } catch {
    return undefined
  }
}

/**
 * Every envelope has a key of its own, so keys and nonces repeat only when 128 bits of salt and 96 bits of iv do:
 * after 2^64 envelopes under one secret the odds are 2^-97. Random nonces under a single key would have to stop
 * at 2^32 envelopes (NIST SP 800-38D 8.3). The block is RFC 5869 2.3 with one output block and the salt as its info.
 */
const envelopeKey = (key: Key, salt: Buffer): Buffer =>
  createHmac('sha256', key.root).update(salt).update(Buffer.of(1)).digest()

/** Each field carries its length, so that no two labels run together into the same bytes. */
function boundTo(head: Buffer, { purpose, cookie, host }: Label): Buffer {
  const fields = [purpose, cookie, host].map(field => Buffer.from(field))
  return Buffer.concat([head, ...fields.flatMap(field => [lengthOf(field), field])])
}

function lengthOf(field: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(field.length)
  return length
}

function deflated(text: string): Buffer {
  const bytes = Buffer.from(text)
  if (bytes.length > MOST_TEXT_BYTES)
    throw new SallyportError('session-too-large', `${bytes.length} bytes to seal, at most ${MOST_TEXT_BYTES} fit`)
  return deflateRawSync(bytes)
}

/** Node's decoder forgives foreign characters and stray bits; an envelope has one spelling only. */
function exactBytes(envelope: string): Buffer | undefined {
  const bytes = Buffer.from(envelope, 'base64url')
  if (bytes.length <= TEXT_AT + TAG_BYTES || bytes[0] !== VERSION) return undefined
  return bytes.toString('base64url') === envelope ? bytes : undefined
}
