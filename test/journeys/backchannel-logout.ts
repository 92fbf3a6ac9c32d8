// Sessions that end at the provider end here: back-channel logout from a real provider, on every host and for nobody else.
import t from 'tap'
import { type GateOptions, startGate, startGateAt } from '../support/gate.ts'
import { type ProviderClient, startProvider } from '../support/provider.ts'
import { startUpstream } from '../support/upstream.ts'

type Tap = Parameters<typeof startGate>[0]

const everybody = [{ authenticated: true }]
const path = '/_sallyport/backchannel-logout'

const realWorld = async (t: Tap, providerOptions: GateOptions['providerOptions'] = {}) => {
  const { port } = await startUpstream(t)
  const upstream = `http://127.0.0.1:${port}`
  const world = await startGate(t, {
    host: 'apps.localhost',
    providerOptions,
    routes: [
      { upstream, allow: everybody },
      { hosts: ['wiki.apps.localhost'], upstream, allow: everybody },
    ],
  })
  const wiki = `http://wiki.apps.localhost:${world.gate.port}`
  await world.provider.register([`${wiki}/_sallyport/callback`])
  return { ...world, wiki }
}

type RealWorld = Awaited<ReturnType<typeof realWorld>>

/** Signs out here and at the provider, which then tells every gateway that it signed this person in to. */
async function signOutEverywhere({ browser }: Pick<RealWorld, 'browser'>) {
  const out = await browser.post('/_sallyport/logout', '')
  return browser.submit(await browser.visit(String(out.location)), { logout: 'yes' })
}

const statusOf = async ({ fetch }: RealWorld['browser'], url = '/') => (await fetch(url)).status

t.test('who signs out at the provider is signed out on every host, and nobody else is (lessons 87, 89)', async t => {
  const world = await realWorld(t)
  const { gate, browser, newBrowser, wiki } = world
  const [sameAnn, bob] = [newBrowser(), newBrowser()]
  await browser.signInAs('ann')
  t.equal((await browser.visit(`${wiki}/`)).status, 200, 'the provider knows ann already')
  await sameAnn.signInAs('ann')
  await bob.signInAs('bob')

  const back = await signOutEverywhere(world)
  t.equal(new URL(back.url).pathname, '/_sallyport/signed-out', 'our own redirect was under way meanwhile')
  t.match(gate.access(path), { status: 200 })
  t.equal(await statusOf(browser, `${wiki}/`), 401)
  t.equal(await statusOf(sameAnn), 200, 'another session of ann at the provider goes on')
  t.equal(await statusOf(bob), 200)

  await browser.signInAs('ann')
  t.equal(await statusOf(browser), 200, 'whoever signs in anew is in')
})

t.test('a token without a session means every session of that person (lesson 89)', async t => {
  const world = await realWorld(t, { logoutNamesSession: false })
  const { browser, newBrowser, wiki } = world
  const [sameAnn, newestAnn, bob] = [newBrowser(), newBrowser(), newBrowser()]
  await browser.signInAs('ann')
  await browser.visit(`${wiki}/`)
  await sameAnn.signInAs('ann')
  await bob.signInAs('bob')
  // One of several ends by itself; the others must still be found.
  await newestAnn.signInAs('ann')
  await newestAnn.fetch('/_sallyport/logout', { method: 'POST' })
  await newestAnn.signInAs('ann')

  await signOutEverywhere(world)
  for (const [ann, url] of [
    [browser, `${wiki}/`],
    [sameAnn, '/'],
    [newestAnn, '/'],
  ] as const)
    t.equal(await statusOf(ann, url), 401)
  t.equal(await statusOf(bob), 200)
})

t.test('two gateways that share nothing but the provider: out of one is out of the other', async t => {
  const { port } = await startUpstream(t)
  const ofTools = { clientId: 'tools', clientSecret: 'of tools' }
  const ofWiki = { clientId: 'wiki', clientSecret: 'of wiki' }
  const provider = await startProvider(t, { clients: [ofTools, ofWiki] })
  const open = async (client: ProviderClient) => {
    const routes = [{ upstream: `http://127.0.0.1:${port}`, allow: everybody }]
    const running = await startGateAt(t, { provider: { issuer: provider.issuer, client }, routes })
    const own = `${running.gate.origin}/_sallyport`
    const backChannel = { logoutUri: `${own}/backchannel-logout`, clientId: client.clientId }
    await provider.register([`${own}/callback`], [`${own}/signed-out`], backChannel)
    return running
  }
  const tools = await open(ofTools)
  const wiki = await open(ofWiki)
  const { browser } = tools
  await browser.signInAs('ann')
  // One browser keeps one jar for both: cookies know hosts and no ports.
  const atTools = browser.cookies('/') ?? ''
  browser.jar.delete('localhost')
  let page = await browser.visit(wiki.gate.origin)
  if (/<form/.test(page.body)) page = await browser.submit(page)
  t.match(page, { status: 200, url: `${wiki.gate.origin}/` })
  const bob = tools.newBrowser()
  await bob.signInAs('bob')

  const out = await browser.post(`${wiki.gate.origin}/_sallyport/logout`, '')
  await browser.submit(await browser.visit(String(out.location)), { logout: 'yes' })
  t.equal((await tools.newBrowser().fetch('/', { headers: { cookie: atTools } })).status, 401)
  t.match(
    tools.gate.lines.find(({ msg }) => msg === 'signed out by the provider'),
    { sessions: [/./] },
  )
  t.equal(await statusOf(bob), 200)
})
