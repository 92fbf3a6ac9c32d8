// The provider has new keys before every login after the first.
import t from 'tap'
import { accepted, startSuite } from '../support/suite.ts'

t.test(
  'keys that have changed since the last login are fetched anew (oidcc-client-test-signing-key-rotation)',
  async t => {
    const { login } = await startSuite(t, ['signing-key-rotation'])
    const steps = /^authorize token jwks userinfo$/
    for (let times = 0; times < 2; times++) t.match(await login(), { ...accepted, steps })
  },
)
