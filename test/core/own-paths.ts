import t from 'tap'
import { callbackPath, signedOutPath } from '../../src/core/own-paths.ts'

t.test('the first provider has the plain callback, every further one its own', async t => {
  const providers = ['corp', 'partner', 'lab']
  t.same(
    providers.map(name => callbackPath('/_sallyport', name, providers)),
    ['/_sallyport/callback', '/_sallyport/callback/partner', '/_sallyport/callback/lab'],
  )
  t.equal(callbackPath('/oauth2', 'corp', new Map([['corp', 1]]).keys()), '/oauth2/callback')
  t.equal(signedOutPath('/oauth2'), '/oauth2/signed-out')
})
