// The provider has new keys when the person comes back from it.
import t from 'tap'
import { accepted, startSuite } from '../support/suite.ts'

const name = 'oidcc-client-test-signing-key-rotation-just-before-signing'

t.test(`keys that change during a login are fetched anew (${name})`, async t => {
  const { login } = await startSuite(t, ['signing-key-rotation-just-before-signing'])
  const steps = /^authorize token jwks userinfo$/
  for (let times = 0; times < 2; times++) t.match(await login(), { ...accepted, steps })
})
