import { randomBytes } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import t from 'tap'
import { readSessionText, sessionText } from '../../src/session/session-text.ts'
import { anyText } from '../support/any-text.ts'
import { jwt, session } from './examples.ts'

const withToken = (accessToken: string) => ({ ...session('ann'), tokens: { idToken: jwt({ sub: 'x' }), accessToken } })

t.test('a session comes back as it was, fields that are undefined included', async t => {
  const ann = session('ann')
  t.strictSame(readSessionText(sessionText(ann)), ann)
  const full = { ...ann.identity, email: 'ann@example.com', name: 'Ann' }
  t.strictSame(readSessionText(sessionText({ ...ann, identity: full })).identity, full)
})

t.test('claims that the ID token says are written once, any others as they are', async t => {
  const claims = { sub: 'id-of-ann', groups: ['sre'], department: 'a-department' }
  const idToken = jwt(claims)
  const withClaims = (claims: object) => {
    const ann = session('ann')
    return { ...ann, identity: { ...ann.identity, claims: { ...claims } }, tokens: { idToken } }
  }
  const times = (text: string) => text.split('a-department').length - 1
  for (const [others, said] of [
    [claims, 1],
    [{ ...claims, groups: ['sre', 'staff'] }, 2],
    [{ department: 'a-department', sub: 'id-of-ann', groups: ['sre'] }, 2],
    [{}, 1],
  ] as const) {
    const ann = withClaims(others)
    const text = sessionText(ann)
    t.equal(times(text), said)
    t.strictSame(readSessionText(text), ann)
  }
})

t.test('every token comes back byte by byte, whether it unpacks or only looks like it', async t => {
  const encoded = Buffer.from('{"a":"\\u00e9\\n"}').toString('base64url')
  const notUtf8 = Buffer.from([0xff, 0xfe]).toString('base64url')
  const strayBits = `${encoded}.YR.x`
  const tokens = ['', '.', '..', '...', 'a.b.c', 'YQ.YQ.', 'YQ==.YQ.s', `${encoded}.${encoded}.x.y`, `${notUtf8}.YQ.x`]
  for (const token of [...tokens, strayBits, 'ya29.opaque', jwt({ name: 'Zoë\u2028"\\' })])
    t.equal(readSessionText(sessionText(withToken(token))).tokens.accessToken, token)
})

t.test('any three dotted parts come back byte by byte', async () => {
  const part = fc.oneof(
    anyText(),
    fc.base64String(),
    fc.uint8Array().map(bytes => Buffer.from(bytes).toString('base64url')),
    fc.string({ unit: 'grapheme' }).map(text => Buffer.from(text).toString('base64url')),
  )
  fc.assert(
    fc.property(part, part, part, (...parts) => {
      const token = parts.join('.').toWellFormed()
      return readSessionText(sessionText(withToken(token))).tokens.accessToken === token
    }),
  )
})

t.test('a Keycloak-sized token set fits one cookie once it is unpacked', async t => {
  const roles = Array.from({ length: 25 }, (_, i) => `manage-clients-${i}`)
  const claims = () => ({ iss: 'https://login.example.com/realms/corp', jti: randomBytes(16).toString('hex'), roles })
  const tokens = {
    idToken: jwt(claims()),
    accessToken: jwt({ ...claims(), resource_access: { account: { roles } } }),
    refreshToken: jwt(claims()),
  }
  const asTheyAre = tokens.idToken.length + tokens.accessToken.length + tokens.refreshToken.length
  const sealed = deflateRawSync(sessionText({ ...session('ann'), tokens })).toString('base64url').length
  t.ok(asTheyAre > 4096)
  t.ok(sealed < 2600, `${asTheyAre} characters of tokens became ${sealed}`)
})
