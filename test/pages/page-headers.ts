// The headers of our pages, asked of a real Chromium: the style applies, nothing else does, and a sign-out gets through to the provider.
import type { ServerResponse } from 'node:http'
import t from 'tap'
import { logoutPage } from '../../src/pages/logout-page.ts'
import { pageHeaders } from '../../src/pages/page-headers.ts'
import { startChromium } from '../support/chromium.ts'
import { missing } from '../support/services.ts'
import { startSite } from '../support/site.ts'

t.test('pages are not kept, sniffed or framed, and nothing in them runs (B-06)', async t => {
  for (const kind of ['form', 'formless'] as const) {
    const headers = pageHeaders(kind)
    t.match(headers, { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' })
    t.match(
      headers['content-security-policy'],
      /^default-src 'none'; style-src 'sha256-[^' ]+'; img-src data:; base-uri 'none'; frame-ancestors 'none'/,
    )
    t.notMatch(headers['content-security-policy'], /unsafe|\*|http/)
  }
})

t.test('a page without a form may post nowhere and names its address to nobody', async t => {
  t.match(pageHeaders('formless')['content-security-policy'], "form-action 'none'")
  t.equal(pageHeaders('formless')['referrer-policy'], 'no-referrer')
})

t.test('in Chromium', { skip: missing('chromium') }, async t => {
  const chromium = await startChromium()
  t.teardown(() => chromium.close())

  t.test('the policy lets our style in, and no other style and no script', async t => {
    const site = await startSite(t, (_request, response) => {
      const page = logoutPage({ action: '/x', requestId: 'r' })
      answer(
        response,
        page.replace('</body>', '<style>h1 { color: red }</style><script>document.title = "ran"</script></body>'),
      )
    })
    const page = await chromium.newPage({ colorScheme: 'light' })
    const refused: string[] = []
    page.on('console', message => refused.push(message.text()))
    await page.goto(site.origin)
    t.equal(await page.evaluate(styleOf('.button', 'background-color')), 'rgb(11, 107, 93)')
    t.not(await page.evaluate(styleOf('h1', 'color')), 'rgb(255, 0, 0)')
    t.equal(await page.title(), 'Sign out? · Sallyport')
    t.equal(
      refused.filter(text => /Content Security Policy/.test(text)).length,
      2,
      'the two injected elements and nothing of ours',
    )
    t.equal(site.requests.length, 1, 'no icon and nothing else was fetched')
  })

  t.test('a sign-out by form reaches the provider, with its own origin named on the way', async t => {
    const provider = await startSite(t, (_request, response) => response.end('signed out at the provider'))
    const gateway = await startSite(t, (request, response) => {
      if (request.method === 'POST') response.writeHead(303, { location: `${provider.origin}/end` }).end()
      else answer(response, logoutPage({ action: '/logout', requestId: 'r' }))
    })
    const page = await chromium.newPage()
    await page.goto(gateway.origin)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL(`${provider.origin}/end`)
    t.equal(gateway.requests.find(request => request.method === 'POST')?.headers.origin, gateway.origin)
    t.equal(provider.requests[0]?.headers.referer, undefined)
  })

  t.test("with form-action 'self' Chromium would stop that sign-out at the redirect", async t => {
    const provider = await startSite(t, (_request, response) => response.end('never reached'))
    const gateway = await startSite(t, (request, response) => {
      if (request.method === 'POST') response.writeHead(303, { location: `${provider.origin}/end` }).end()
      else answer(response, logoutPage({ action: '/logout', requestId: 'r' }), "; form-action 'self'")
    })
    const page = await chromium.newPage()
    const refusal = page.waitForEvent('console', message => /form-action/.test(message.text()))
    await page.goto(gateway.origin)
    await page.getByRole('button', { name: 'Sign out' }).click({ noWaitAfter: true })
    await refusal
    t.equal(provider.requests.length, 0)
  })
})

function answer(response: ServerResponse, page: string, morePolicy = ''): void {
  const headers = pageHeaders()
  const policy = `${headers['content-security-policy']}${morePolicy}`
  response.writeHead(200, { ...headers, 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy })
  response.end(page)
}

const styleOf = (selector: string, property: string): string =>
  `getComputedStyle(document.querySelector('${selector}')).getPropertyValue('${property}')`
