// What a provider says of itself, judged: which addresses may be used, and what is missing.
import t from 'tap'
import { lacksResponseMode, lacksS256, mayUseHttp, metadataProblem } from '../../src/oidc/metadata.ts'

const issuer = 'https://login.example.com/realms/corp'
const far = { issuer, dangerouslyAllowHttpProvider: false }
const near = { issuer: 'http://127.0.0.1:8080', dangerouslyAllowHttpProvider: false }

const described = (at: string) => ({
  issuer: at,
  authorization_endpoint: `${at}/a`,
  token_endpoint: `${at}/t`,
  jwks_uri: `${at}/j`,
})

t.test('metadata with what a login needs is accepted; endpoints may live at other hosts', async t => {
  t.equal(metadataProblem(described(issuer), far), undefined)
  t.equal(metadataProblem({ ...described(issuer), jwks_uri: 'https://keys.example.net/' }, far), undefined)
  t.equal(metadataProblem(described(near.issuer), near), undefined)
})

t.test('the issuer must be the configured one to the letter, and both are named when it is not', async t => {
  for (const other of [`${issuer}/`, issuer.toUpperCase(), 'https://login.example.com', `${issuer}?`, ''])
    t.match(metadataProblem({ ...described(issuer), issuer: other }, far), /equal to the letter/, other)
})

t.test('plain http serves a provider on this machine only, and there only this machine', async t => {
  t.match(metadataProblem({ ...described(issuer), token_endpoint: 'http://127.0.0.1/t' }, far), /token_endpoint/)
  t.match(
    metadataProblem({ ...described(near.issuer), token_endpoint: 'http://169.254.169.254/t' }, near),
    /token_endpoint/,
  )
  for (const host of ['localhost', '127.8.9.1', '[::1]'])
    t.ok(mayUseHttp({ ...near, issuer: `http://${host}:1` }), host)
  for (const host of ['localhost.example', '127.0.0.1.example', '10.0.0.1', '0.0.0.0', '[::]'])
    t.notOk(mayUseHttp({ ...near, issuer: `http://${host}:1` }), host)
  t.ok(mayUseHttp({ issuer: 'http://idp.example', dangerouslyAllowHttpProvider: true }))
})

t.test('no provider leads us to an address around us, unless it is there itself (X-05)', async t => {
  const elsewhere = [
    '169.254.169.254',
    '10.0.0.7',
    '127.0.0.1',
    'localhost',
    '[::1]',
    '[::ffff:10.0.0.7]',
    '2852039166',
  ]
  for (const host of elsewhere)
    for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri', 'userinfo_endpoint'] as const) {
      const metadata = { ...described(issuer), [name]: `https://${host}/latest` }
      t.match(metadataProblem(metadata, far), new RegExp(name), `${name} at ${host}`)
      t.match(metadataProblem(metadata, { ...far, dangerouslyAllowHttpProvider: true }), new RegExp(name))
    }
  for (const home of ['https://10.0.0.7', 'https://[fd00::7]:8443', 'https://localhost'])
    t.equal(metadataProblem(described(home), { ...far, issuer: home }), undefined, home)
  const neighbour = { ...described('https://10.0.0.7'), jwks_uri: 'https://10.0.0.8/' }
  t.match(metadataProblem(neighbour, { ...far, issuer: 'https://10.0.0.7' }), /jwks_uri/)
})

t.test('only a list of PKCE methods in which S256 is missing says that it is missing', async t => {
  t.ok(lacksS256({ issuer, code_challenge_methods_supported: ['plain'] }))
  t.notOk(lacksS256({ issuer, code_challenge_methods_supported: ['plain', 'S256'] }))
  t.notOk(lacksS256({ issuer }))
})

t.test('only a list of response modes in which ours is missing says that it is missing', async t => {
  const modes = (...modes: string[]) => ({ issuer, response_modes_supported: modes })
  t.ok(lacksResponseMode(modes('query', 'fragment'), { responseMode: 'form_post' }))
  t.notOk(lacksResponseMode(modes('query', 'form_post'), { responseMode: 'form_post' }))
  t.notOk(lacksResponseMode({ issuer }, { responseMode: 'form_post' }))
})
