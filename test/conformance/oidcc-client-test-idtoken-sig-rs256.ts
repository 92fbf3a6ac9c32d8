// The ID token is signed by RS256, which every client has to know.
import { decodeProtectedHeader } from 'jose'
import t from 'tap'
import { accepted, responseModes, startSuite } from '../support/suite.ts'

t.test('an RS256 signature is verified (oidcc-client-test-idtoken-sig-rs256)', async t => {
  const { login, provider } = await startSuite(t)
  for (const mode of responseModes) t.match(await login(mode), accepted, mode)
  t.match(decodeProtectedHeader(provider.seen.idToken ?? ''), { alg: 'RS256' })
})
