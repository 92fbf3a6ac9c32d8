// config/conformance.yaml as docs/conformance.md says to use it, with our own provider in the place of the certification suite.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { loadConfig, printProblems } from '../../src/config/load.ts'
import { openHouse } from '../../src/house.ts'
import { makeLog } from '../../src/http/log.ts'
import { openBrowser } from '../support/browser.ts'
import { freePort } from '../support/gate.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'

const root = join(import.meta.dirname, '../..')
const read = (file: string): string => readFileSync(join(root, file), 'utf8')

const secret = 'a-secret-for-every-plan'

const load = async (t: Test, { port, suite }: { readonly port: number; readonly suite: string }) => {
  const file = join(t.testdir(), 'conformance.yaml')
  const text = read('config/conformance.yaml').replace('127.0.0.1:8080', `127.0.0.1:${port}`)
  writeFileSync(file, `${text}\nadmin: { listen: 127.0.0.1:0 }\n`)
  const url = `https://localhost:${port}`
  const env = { CONFORMANCE_URL: url, CONFORMANCE_SUITE: suite, CONFORMANCE_SECRET: secret }
  const loaded = await loadConfig(file, { env })
  if (!loaded.ok) throw new Error(printProblems(file, loaded.problems))
  return { ...loaded, url }
}

t.test('it loads, and each of its providers is a plan of the document', async t => {
  const { config, warnings } = await load(t, { port: 8080, suite: 'https://suite.example/test/a' })
  t.strictSame(warnings, [])
  const plans = read('docs/conformance.md').match(/^\| .+ \| `sallyport-[\w-]+` \| `\/callback\S*` \|$/gm)
  t.equal(plans?.length, config.providers.length)
  for (const [index, { name, issuer }] of config.providers.entries()) {
    t.equal(issuer, `https://suite.example/test/a/sallyport-${name}/`)
    t.match(plans?.[index], `| \`sallyport-${name}\` | \`/callback${index === 0 ? '' : `/${name}`}\` |`)
  }
})

t.test('a module is one address to log in, fresh every time, and one to log out', async t => {
  const port = await freePort()
  const client = { clientId: 'sallyport', clientSecret: secret }
  const rogue = await startRogueProvider(t, { ...client, issuerPath: '/test/a/sallyport-basic/' })
  const { config, url } = await load(t, { port, suite: rogue.issuer.replace('/sallyport-basic/', '') })
  const house = await openHouse(config, { log: makeLog('error', { write: () => {} }) })
  t.teardown(() => house.stop())
  rogue.register({ postLogoutRedirectUri: `${url}/_sallyport/signed-out` })
  const browser = openBrowser(url)
  for (let modules = 1; modules <= 8; modules++) {
    rogue.rotateKeys()
    const page = await browser.visit('/_sallyport/login?provider=basic&then=sessions')
    t.match(page, { status: 200, url: `${url}/_sallyport/sessions` })
    t.equal(rogue.calls.userinfo, modules, 'asked once more')
  }
  const { location = '' } = await browser.post('/_sallyport/logout', '')
  t.match(await browser.visit(location), { status: 200, body: /You are signed out/ })
})
