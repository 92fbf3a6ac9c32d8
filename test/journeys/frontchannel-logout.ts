// A provider that signs people out by frames in its own page, as a real browser sees it.
import t from 'tap'
import { startChromium } from '../support/chromium.ts'
import { startGateAt } from '../support/gate.ts'
import type { Behaviour } from '../support/rogue-faults.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'
import { missing } from '../support/services.ts'
import { startSite } from '../support/site.ts'
import { startUpstream } from '../support/upstream.ts'

t.test(
  'a real browser shows the frame on a page of the provider, and on no other',
  { skip: missing('chromium') },
  async t => {
    const rogue = await startRogueProvider(t)
    const { port } = await startUpstream(t)
    const { gate } = await startGateAt(t, {
      provider: rogue,
      routes: [{ upstream: `http://127.0.0.1:${port}`, allow: [{ authenticated: true }] }],
    })
    const chromium = await startChromium()
    t.teardown(() => chromium.close())
    const page = await chromium.newPage()
    await page.goto(gate.origin)
    t.equal(new URL(page.url()).origin, gate.origin, 'signed in')
    const address = `${gate.origin}/_sallyport/frontchannel-logout?iss=${encodeURIComponent(rogue.issuer)}`
    const frameTo = (sid: string) => `<!doctype html><iframe src="${address}&amp;sid=${sid}"></iframe>`

    const elsewhere = await startSite(t, (_, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end(frameTo('unknown')),
    )
    await page.goto(elsewhere.origin)
    t.notMatch(await page.frames()[1]?.content(), 'Signed out')

    const goodbye: Behaviour = {
      answers: {
        logout: (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(frameTo('session-1')),
      },
    }
    rogue.misbehave(goodbye)
    await page.goto(`${rogue.issuer}/logout`)
    t.match(await page.frames()[1]?.content(), 'Signed out')
    const answer = await page.context().request.get(gate.origin, { maxRedirects: 0, headers: { accept: '*/*' } })
    t.equal(answer.status(), 401)
  },
)
