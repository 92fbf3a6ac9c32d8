// Radicale, a calendar server that believes X-Remote-User: behind the gateway its own login is gone, and nobody can be somebody else.
import t from 'tap'
import { type Browser, openBrowser, type Page } from '../support/browser.ts'
import { signInAt, startChromium } from '../support/chromium.ts'
import { startGate } from '../support/gate.ts'
import { type Place, startProgram } from '../support/process.ts'
import { missing } from '../support/services.ts'

type Tap = Parameters<typeof startGate>[0]

const needsChromium = { skip: missing('chromium') }

/** All that CGI-like servers, as Radicale is one, read as X-Remote-User. */
const spellings = [
  ...['X-Remote-User', 'x-remote-user', 'X_Remote_User', 'X-Remote_User', 'x_remote-user', 'X.Remote.User'],
  ...['HTTP_X_REMOTE_USER', 'HTTP-X-Remote-User', 'X-Remote-User-', '_X_Remote_User', 'REMOTE_USER', 'Remote-User'],
]

const ways = [
  { way: 'at the root of its host', prefix: '', route: {} },
  {
    way: 'below a path',
    prefix: '/calendars',
    route: {
      path: '/calendars',
      rewrite: { stripPrefix: '/calendars' },
      headers: { set: { 'X-Script-Name': '/calendars' } },
    },
  },
]

for (const { way, prefix, route } of ways)
  t.test(`Radicale ${way}`, { skip: missing('radicale') }, async t => {
    const radicale = await startRadicale(t)
    const { gate, browser } = await startGate(t, {
      settings: { identity: { headers: { 'X-Remote-User': '{identity.user}' } } },
      routes: [{ upstream: radicale.origin, allow: [{ authenticated: true }], ...route }],
    })

    t.test('asks nobody who they are: the gateway has said so', async t => {
      const nobody = await browser.fetch(`${prefix}/`, { method: 'PROPFIND' })
      t.equal(nobody.status, 401)
      t.notOk(nobody.headers['www-authenticate'])
      await browser.signInAs('ann', `${prefix}/.web/`)
      t.equal(await whoAmI(browser, prefix), `${prefix}/ann/`)
    })

    t.test('keeps a calendar: made, filled, searched, moved and emptied', t => keepCalendar(t, browser, prefix))

    t.test('a name that the visitor sends never becomes the user (K-13)', async t => {
      const believed = await Promise.all(spellings.map(name => askRadicale(radicale, name)))
      t.ok(believed.filter(user => user === '/bob/').length > 3, 'without the gateway it would')
      for (const name of spellings) {
        const forged = { [name]: 'bob' }
        t.equal(await whoAmI(browser, prefix, forged), `${prefix}/ann/`, name)
        t.equal((await browser.fetch(`${prefix}/bob/`, { method: 'PROPFIND', headers: forged })).status, 403, name)
        t.equal((await openBrowser(gate.origin).fetch(`${prefix}/`, { headers: forged })).status, 401, name)
      }
    })

    t.test('its pages show ann her calendars, whatever name is typed into their form', needsChromium, async t => {
      const chromium = await startChromium()
      t.teardown(() => chromium.close())
      const page = await chromium.newPage()
      await signInAt(page, `${gate.origin}${prefix}/.web/`, 'ann')
      const form = page.locator('#loginscene')
      await form.locator('[data-name=user]').fill('bob')
      await form.locator('[data-name=password]').fill('anything')
      await form.getByRole('button').click()
      await page.getByRole('link', { name: `${gate.origin}${prefix}/ann/work/` }).waitFor()
      t.equal(await page.getByText('/bob/').count(), 0)
    })
  })

function startRadicale(t: Tap): Promise<Place> {
  return startProgram(t, 'radicale', {
    files: { config: '[auth]\ntype = http_x_remote_user\n[rights]\ntype = owner_only\n' },
    arguments: ({ port, folder }) => [
      `--config=${folder}/config`,
      `--storage-filesystem-folder=${folder}/collections`,
      `--hosts=127.0.0.1:${port}`,
    ],
  })
}

/** The principal that Radicale takes the visitor for (RFC 5397). */
async function whoAmI(browser: Browser, prefix: string, headers = {}): Promise<string | undefined> {
  return principalOf(await browser.fetch(`${prefix}/`, { method: 'PROPFIND', headers: { depth: '0', ...headers } }))
}

async function askRadicale({ origin }: Place, name: string): Promise<string | undefined> {
  return principalOf(await openBrowser(origin).fetch('/', { method: 'PROPFIND', headers: { [name]: 'bob' } }))
}

const principalOf = ({ body }: Page): string | undefined =>
  /<current-user-principal><href>([^<]*)<\/href>/.exec(body)?.[1]

async function keepCalendar(t: Tap, browser: Browser, prefix: string): Promise<void> {
  const calendar = `${prefix}/ann/work/`
  const ask = (method: string, path: string, body?: string, headers = {}) =>
    browser.fetch(path, { method, headers, ...(body !== undefined && { body }) })
  t.equal((await ask('MKCALENDAR', calendar, '', { 'content-type': 'application/xml' })).status, 201)
  const put = await ask('PUT', `${calendar}one.ics`, event, { 'content-type': 'text/calendar', 'if-none-match': '*' })
  t.equal(put.status, 201)
  t.equal((await ask('PUT', `${calendar}one.ics`, event, { 'if-none-match': '*' })).status, 412, 'conditions arrive')
  const got = await ask('GET', `${calendar}one.ics`)
  t.match(got, { status: 200, body: 'SUMMARY:Feed the cat' })
  t.ok(put.headers.etag)
  t.equal(got.headers.etag, put.headers.etag)

  const list = await ask('PROPFIND', calendar, '', { depth: '1' })
  t.match(list, { status: 207, body: `<href>${calendar}one.ics</href>` })
  const found = await ask('REPORT', calendar, timeRange, { depth: '1' })
  t.match(found, { status: 207, body: 'SUMMARY:Feed the cat' })

  const destination = new URL(`${calendar}fed.ics`, found.url).href
  t.equal((await ask('MOVE', `${calendar}one.ics`, undefined, { destination })).status, 201)
  t.equal((await ask('GET', `${calendar}fed.ics`)).status, 200)
  t.equal((await ask('DELETE', `${calendar}fed.ics`)).status, 200)
  t.equal((await ask('GET', `${calendar}fed.ics`)).status, 404)
  t.equal((await ask('MKCALENDAR', `${prefix}/bob/mine/`, '')).status, 403, 'not in the rooms of others')
}

const event = `BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Sallyport//Test//EN
BEGIN:VEVENT
UID:feed-the-cat
DTSTAMP:20261123T120000Z
DTSTART:20261124T070000Z
DTEND:20261124T071500Z
SUMMARY:Feed the cat
END:VEVENT
END:VCALENDAR
`.replaceAll('\n', '\r\n')

/** RFC 4791 7.8.1 */
const timeRange = `<?xml version="1.0" encoding="utf-8"?>
<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">
  <D:prop><D:getetag/><C:calendar-data/></D:prop>
  <C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">
    <C:time-range start="20261124T000000Z" end="20261125T000000Z"/>
  </C:comp-filter></C:comp-filter></C:filter>
</C:calendar-query>`
