import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import t from 'tap'
import type { Secret } from '../../src/core/secret.ts'
import { type Label, makeSealer } from '../../src/session/seal.ts'
import { anyText } from '../support/any-text.ts'
import { altered, newSecret } from './examples.ts'

const label: Label = { purpose: 'session', cookie: '__Host-sallyport', host: 'tools.example.com' }

t.test('whatever is sealed opens again', async () => {
  const { seal, open } = makeSealer([newSecret()])
  const text = anyText({ maxLength: 2000 }).map(text => text.toWellFormed())
  fc.assert(fc.property(text, text => open(seal(text, label), label) === text))
})

t.test('the same text never seals to the same envelope', async t => {
  const { seal } = makeSealer([newSecret()])
  const envelopes = Array.from({ length: 1000 }, () => Buffer.from(seal('same', label), 'base64url'))
  const saltsAndIvs = new Set(envelopes.map(bytes => bytes.subarray(5, 33).toString('hex')))
  t.equal(saltsAndIvs.size, 1000)
})

t.test('an envelope with any character changed, removed or added does not open, and does not throw (S-09)', async t => {
  const { seal, open } = makeSealer([newSecret()])
  const envelope = seal('text', label)
  for (let at = 0; at < envelope.length; at++) {
    t.equal(open(altered(envelope, at), label), undefined)
    t.equal(open(envelope.slice(0, at) + envelope.slice(at + 1), label), undefined)
    t.equal(open(envelope.slice(0, at), label), undefined)
    t.equal(open(`${envelope.slice(0, at)} ${envelope.slice(at)}`, label), undefined)
  }
})

t.test('of every envelope there is one spelling: stray bits and padding do not open (S-09)', async t => {
  const { seal, open } = makeSealer([newSecret()])
  for (const text of ['a', 'ab', 'abc']) {
    const envelope = seal(text, label)
    const sameBytes = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_']
      .map(last => envelope.slice(0, -1) + last)
      .filter(spelling => open(spelling, label) !== undefined)
    t.strictSame(sameBytes, [envelope])
    t.equal(open(`${envelope}=`, label), undefined)
    t.equal(open(Buffer.from(envelope, 'base64url').toString('base64').replace(/=*$/, '='), label), undefined)
  }
})

t.test('random bytes do not open, whatever their head says (S-10)', async () => {
  const { seal, open } = makeSealer([newSecret()])
  const head = Buffer.from(seal('text', label), 'base64url').subarray(0, 5)
  const bytes = fc.uint8Array({ maxLength: 200 })
  fc.assert(
    fc.property(bytes, fc.boolean(), (bytes, ourHead) => {
      const envelope = Buffer.concat([ourHead ? head : Buffer.alloc(0), bytes]).toString('base64url')
      return open(envelope, label) === undefined
    }),
    { numRuns: 2000 },
  )
})

t.test('an envelope opens under its own label only (S-11)', async t => {
  const { seal, open } = makeSealer([newSecret()])
  const envelope = seal('text', label)
  t.equal(open(envelope, { ...label, purpose: 'pending-login' }), undefined)
  t.equal(open(envelope, { ...label, cookie: '__Host-sallyport.login.x' }), undefined)
  t.equal(open(envelope, { ...label, host: 'other.example.com' }), undefined)
})

t.test('the fields of a label cannot run together (S-11)', async () => {
  const { seal, open } = makeSealer([newSecret()])
  const cut = fc.tuple(fc.string({ unit: fc.constantFrom('a', '.', '\0', ':'), maxLength: 12 }), fc.nat(12), fc.nat(12))
  fc.assert(
    fc.property(cut, ([both, first, second]) => {
      const split = (at: number): Label => ({ ...label, cookie: both.slice(0, at), host: both.slice(at) })
      const opened = open(seal('text', split(first)), split(second))
      return (opened === 'text') === (both.slice(0, first) === both.slice(0, second))
    }),
  )
})

t.test('the first secret seals, all of them open, and a secret that is gone opens nothing (lesson 30)', async t => {
  const [older, newer] = [newSecret(), newSecret()]
  const before = makeSealer([older]).seal('text', label)
  const rotating = makeSealer([newer, older])
  t.equal(rotating.open(before, label), 'text')
  const after = rotating.seal('text', label)
  t.equal(makeSealer([newer]).open(after, label), 'text')
  t.equal(makeSealer([older]).open(after, label), undefined)
  t.equal(makeSealer([newer]).open(before, label), undefined)
})

t.test(
  'what would inflate beyond the bound is not sealed, and not opened even when our own secret sealed it (D-13)',
  async t => {
    const secret = newSecret()
    const { seal, open } = makeSealer([secret])
    t.equal(open(seal('x'.repeat(65_536), label), label)?.length, 65_536)
    t.throws(() => seal('x'.repeat(65_537), label), { code: 'session-too-large' })
    t.equal(open(sealByHand(secret, deflateRawSync('x'.repeat(65_536))), label)?.length, 65_536)
    t.ok(open(sealByHand(secret, deflateRawSync(Buffer.alloc(50_000_000))), label) === undefined)
    t.equal(open(sealByHand(secret, Buffer.from('this does not inflate')), label), undefined)
  },
)

t.test('the envelope is what its description says', async t => {
  const secret = newSecret()
  const bytes = Buffer.from(makeSealer([secret]).seal('text', label), 'base64url')
  const decipher = createDecipheriv('aes-256-gcm', keyByHand(secret, bytes.subarray(5, 21)), bytes.subarray(21, 33))
  decipher.setAAD(aadByHand(bytes.subarray(0, 5))).setAuthTag(bytes.subarray(-16))
  const content = Buffer.concat([decipher.update(bytes.subarray(33, -16)), decipher.final()])
  t.equal(inflateRawSync(content).toString(), 'text')
  t.equal(bytes[0], 1)
})

/** A second hand, following the description and not the code. */
function sealByHand(secret: Secret, content: Buffer): string {
  const head = Buffer.concat([Buffer.of(1), Buffer.from(hkdfSync('sha256', secret.reveal(), 'sallyport', 'key id', 4))])
  const [salt, iv] = [randomBytes(16), randomBytes(12)]
  const cipher = createCipheriv('aes-256-gcm', keyByHand(secret, salt), iv).setAAD(aadByHand(head))
  const ciphertext = [cipher.update(content), cipher.final()]
  return Buffer.concat([head, salt, iv, ...ciphertext, cipher.getAuthTag()]).toString('base64url')
}

/** RFC 5869 2.3 with one block of output: T(1) = HMAC(PRK, info | 0x01). */
function keyByHand(secret: Secret, salt: Buffer): Buffer {
  const root = Buffer.from(hkdfSync('sha256', secret.reveal(), 'sallyport', 'envelopes', 32))
  return createHmac('sha256', root)
    .update(Buffer.concat([salt, Buffer.of(1)]))
    .digest()
}

function aadByHand(head: Buffer): Buffer {
  const lengths = ['\0\0\0\x07', '\0\0\0\x10', '\0\0\0\x11']
  const fields = [label.purpose, label.cookie, label.host].map((field, i) => lengths[i] + field)
  return Buffer.concat([head, Buffer.from(fields.join(''))])
}
