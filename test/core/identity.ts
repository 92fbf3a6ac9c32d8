// Identities from claims of every shape that a provider might send.
import t from 'tap'
import { claimAt, identityFrom } from '../../src/core/identity.ts'

const mapping = { user: 'preferred_username', email: 'email', groups: 'realm.groups', name: 'name' }
const from = (claims: object, trustUnverifiedEmail = false) =>
  identityFrom({ iss: 'https://idp.test', sub: '42', ...claims }, { provider: 'corp', mapping, trustUnverifiedEmail })

t.test('claims are mapped by their paths', async t => {
  const claims = {
    preferred_username: 'ann',
    email: 'ann@app.test',
    email_verified: true,
    name: 'Ann',
    realm: { groups: ['a', 'b'] },
  }
  t.match(from(claims), {
    provider: 'corp',
    issuer: 'https://idp.test',
    subject: '42',
    user: 'ann',
    email: 'ann@app.test',
    emailVerified: true,
    name: 'Ann',
    groups: ['a', 'b'],
  })
})

t.test('missing or misshapen claims make nobody important', async t => {
  for (const odd of [undefined, null, 7, true, {}, ['ann'], ''])
    t.match(from({ preferred_username: odd, email: odd, name: odd }), { user: '42', email: undefined, name: undefined })
  t.same(from({ realm: { groups: 'solo' } }).groups, ['solo'])
  t.same(from({ realm: { groups: ['a', 1, null, ['admin'], { x: 1 }, '', 'b '] } }).groups, ['a', 'b '])
  for (const odd of [undefined, null, 7, {}, '', { 0: 'admin' }]) t.same(from({ realm: { groups: odd } }).groups, [])
  t.same(from({ realm: { groups: '["admin"]' } }).groups, ['["admin"]'], 'text is no list')
})

t.test('an address is verified by the boolean true or by the word of the operator (T-25)', async t => {
  for (const odd of ['true', 1, undefined, null, 'yes', false])
    t.equal(from({ email_verified: odd }).emailVerified, false)
  t.equal(from({ email_verified: true }).emailVerified, true)
  t.equal(from({}, true).emailVerified, true)
})

t.test('a claim whose name holds dots is found before the path', async t => {
  t.equal(claimAt({ 'https://x.test/role': 'a' }, 'https://x.test/role'), 'a')
  t.equal(claimAt({ 'a.b': 1, a: { b: 2 } }, 'a.b'), 1)
  t.equal(claimAt({ a: { b: 2 } }, 'a.b'), 2)
  for (const path of ['constructor', '__proto__', 'a.length', 'a.b.c', '', '.', 'toString'])
    t.equal(claimAt({ a: 'text' }, path), undefined, path)
})

t.test('the flag email_verified does not speak for another claim that is mapped to e-mail', async t => {
  const mapping = { user: 'sub', email: 'upn', groups: 'groups', name: 'name' }
  const read = (claims: object) =>
    identityFrom(
      { iss: 'https://idp.test', sub: 'u', email_verified: true, ...claims },
      { provider: 'corp', mapping, trustUnverifiedEmail: false },
    )
  t.match(read({ upn: 'boss@corp.test', email: 'mine@evil.test' }), { email: 'boss@corp.test', emailVerified: false })
  t.match(read({ upn: 'boss@corp.test' }), { emailVerified: false })
  t.match(read({ upn: 'me@corp.test', email: 'me@corp.test' }), { emailVerified: true })
})
