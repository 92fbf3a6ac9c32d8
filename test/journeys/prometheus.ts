// Prometheus as Debian ships it, below a path of the gateway, in both ways that its documentation knows.
import t from 'tap'
import { type Browser, openBrowser } from '../support/browser.ts'
import { signInAt, startChromium } from '../support/chromium.ts'
import { freePort, type Gate, startGate } from '../support/gate.ts'
import { startProgram } from '../support/process.ts'
import { missing } from '../support/services.ts'

type Tap = Parameters<typeof startGate>[0]

const ways = [
  { way: 'knows its prefix', rewrite: {}, flags: [] },
  { way: 'has its prefix taken off', rewrite: { stripPrefix: '/prometheus' }, flags: ['--web.route-prefix=/'] },
]

for (const { way, rewrite, flags } of ways)
  t.test(`a Prometheus that ${way}`, { skip: missing('prometheus') }, async t => {
    const port = await freePort()
    const { gate, browser } = await startGate(t, {
      routes: [{ path: '/prometheus', upstream: `http://127.0.0.1:${port}`, rewrite, allow: [{ groups: ['sre'] }] }],
    })
    await startPrometheus(t, port, ['--web.external-url', `${gate.origin}/prometheus/`, ...flags])

    t.test('answers programs through the gateway, and only those who may', async t => {
      const query = '/prometheus/api/v1/query?query=6%2A7'
      t.equal((await browser.fetch(query)).status, 401)
      await browser.signInAs('ann', '/prometheus/')
      t.match(JSON.parse((await browser.fetch(query)).body), { status: 'success', data: { result: [Number, '42'] } })
      const form = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } }
      const posted = await browser.fetch('/prometheus/api/v1/query', { ...form, body: 'query=6%2A7' })
      t.match(JSON.parse(posted.body), { data: { result: [Number, '42'] } }, 'as Grafana asks')
      t.equal((await forbidden(gate)).status, 403)
    })
    t.test('leads nobody out of its prefix', t => everyRedirectStays(t, browser))
    t.test('shows its pages in a real browser', { skip: missing('chromium') }, t => usePages(t, gate))
  })

async function startPrometheus(t: Tap, port: number, flags: readonly string[]): Promise<void> {
  await startProgram(t, 'prometheus', {
    port,
    files: { 'prometheus.yml': 'global: {}\n' },
    arguments: ({ folder }) => [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
      ...flags,
    ],
  })
}

async function forbidden(gate: Gate) {
  const bob = openBrowser(gate.origin)
  await bob.signInAs('bob', '/prometheus/')
  return bob.fetch('/prometheus/api/v1/status/buildinfo')
}

async function everyRedirectStays(t: Tap, browser: Browser): Promise<void> {
  for (const path of ['/prometheus', '/prometheus/', '/prometheus/graph']) {
    let page = await browser.get(path)
    t.ok(page.location, `${path} redirects`)
    while (page.location) {
      t.match(new URL(page.location, page.url).pathname, /^\/prometheus\//)
      page = await browser.get(new URL(page.location, page.url).href)
    }
    t.equal(page.status, 200, `${path} ends at ${page.url}`)
    t.match(page.body, 'Prometheus Time Series')
  }
}

async function usePages(t: Tap, gate: Gate): Promise<void> {
  const chromium = await startChromium()
  t.teardown(() => chromium.close())
  const page = await chromium.newPage()
  const broken: string[] = []
  page.on('response', response => {
    if (response.status() >= 400) broken.push(`${response.status()} ${response.url()}`)
  })
  await signInAt(page, `${gate.origin}/prometheus/classic/graph?g0.expr=vector(42)&g0.tab=1`, 'ann')
  t.match(page.url(), 'g0.expr=vector(42)')
  await page.getByRole('cell', { name: '42' }).waitFor()
  await page.getByText('Status').click()
  await page.getByText('Runtime & Build Information').click()
  await page.getByRole('cell', { name: /^2\./ }).first().waitFor()
  t.match(page.url(), /\/prometheus\//)
  t.same(broken, [])
}
