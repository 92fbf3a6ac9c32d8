// The metadata is that of another issuer: its name has a word more than the one that is configured.
import t from 'tap'
import { refused, startSuite } from '../support/suite.ts'

t.test('nobody is sent to a provider of another name (oidcc-client-test-discovery-issuer-mismatch)', async t => {
  const { login, gate, provider } = await startSuite(t, ['issuer-mismatch'])
  t.match(await login(), refused)
  t.equal(provider.calls.authorize, 0)
  t.ok(gate.lines.some(({ problem }) => /INVALID.*they must be equal to the letter/.test(String(problem))))
})
