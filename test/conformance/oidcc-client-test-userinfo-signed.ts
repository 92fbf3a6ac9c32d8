// Userinfo comes signed: it has to name its issuer and us, and its signature has to hold.
import t from 'tap'
import { signedUserinfo } from '../support/rogue-faults.ts'
import { accepted, refused, startSuite } from '../support/suite.ts'

t.test('signed userinfo is believed when everything about it holds (oidcc-client-test-userinfo-signed)', async t => {
  const { login, provider } = await startSuite(t, ['userinfo-signed'])
  const { page, ...outcome } = await login()
  t.match(outcome, accepted)
  t.match(page.body, '"X-Forwarded-Email","ann@example.com"')
  for (const claim of ['iss', 'aud', 'sub']) {
    provider.behave()
    provider.misbehave('keys-of-the-suite', signedUserinfo({ [claim]: 'another' }))
    t.match(await login(), { ...refused, userinfo: 1, logged: new RegExp(`userinfo was refused: ${claim}`) })
  }
})
