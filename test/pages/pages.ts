// The pages as text: complete, escaped in every place, and saying what people need to know.
import fc from 'fast-check'
import t from 'tap'
import { errorCodes, sentenceOf, statusOf } from '../../src/core/errors.ts'
import { errorPage } from '../../src/pages/error-page.ts'
import { forbiddenPage } from '../../src/pages/forbidden-page.ts'
import { loginProblemPage } from '../../src/pages/login-problem-page.ts'
import { logoutPage } from '../../src/pages/logout-page.ts'
import { returningPage } from '../../src/pages/returning-page.ts'
import { signedOutPage } from '../../src/pages/signed-out-page.ts'
import { pagesWith } from '../support/pages.ts'

/** The names of all elements and attributes, in order: what a page is made of, apart from its texts. */
const skeleton = (page: string): string =>
  Array.from(page.matchAll(/<(\/?[a-zA-Z!][^\s>/]*)((?:\s+[^\s=>]+(?:="[^"]*")?)*)\s*\/?>/g))
    .map(([, element, attributes = '']) => `${element} ${attributes.replace(/="[^"]*"/g, '')}`)
    .join('\n')

const hostile = fc.oneof(
  fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', '=', '/', ' ', 'b', '\n') }),
  fc.constantFrom('</title><script>alert(1)</script>', '" autofocus onfocus="alert(1)', '<!--', '</style>'),
)

t.test('no text from outside changes what a page is made of (B-01, Z-18)', async t => {
  const plain = pagesWith('/plain').map(([, page]) => skeleton(page))
  const { counterexample } = fc.check(
    fc.property(hostile, text => {
      const pages = pagesWith(`/${text.replace(/[\s/]/g, '')}`).map(([, page]) => skeleton(page))
      return pages.every((page, index) => page === plain[index])
    }),
  )
  t.equal(counterexample, null)
})

t.test('an address that is not a web address never becomes a link or a form', async t => {
  for (const address of [
    'javascript:alert(1)',
    ' javascript:alert(1)',
    '//evil.example/',
    '/\\evil.example',
    'data:text/html,x',
    '',
  ]) {
    for (const [name, page] of pagesWith(address)) {
      t.notMatch(page, /href="(?!data:image|\/")|action="/, `${name} with ${JSON.stringify(address)}`)
    }
  }
})

t.test('every error of the catalogue has a page with its sentence, its status and the request id', async t => {
  for (const code of errorCodes) {
    const page = errorPage({ status: statusOf(code), sentence: sentenceOf(code), requestId: 'req-1' })
    t.ok(
      page.includes(sentenceOf(code)) &&
        page.includes(`Error ${statusOf(code)}`) &&
        page.includes('<code>req-1</code>'),
      code,
    )
    t.notMatch(page, /<h1>Something went wrong<\/h1>.*Error (?!500)/s, `${code} has a heading of its own`)
  }
})

t.test('advice names the opt-in as code', async t => {
  const page = errorPage({
    status: 400,
    sentence: 's',
    requestId: 'r',
    advice: 'Write `allowInPath: [encodedSlash]` there.',
  })
  t.match(page, 'Write <code>allowInPath: [encodedSlash]</code> there.')
})

t.test('the forbidden page says who is signed in and why not, and signs out by POST', async t => {
  const page = forbiddenPage({
    sentence: 'Not open to you.',
    reason: 'not-allowed',
    user: 'eve',
    requestId: 'req-1',
    signOutAction: '/x/logout',
  })
  t.match(page, 'Not open to you.')
  t.match(page, '<bdi>eve</bdi>')
  t.match(page, 'not-allowed')
  t.match(page, '<form method="post" action="/x/logout">')
})

t.test('the signed-out page says so when the provider was not reached', async t => {
  t.match(signedOutPage({ signInUrl: '/', providerSignedOut: false }), 'may still be signed in')
  t.notMatch(signedOutPage({ signInUrl: '/', providerSignedOut: true }), 'may still be signed in')
})

t.test('a sign-in that went wrong offers a new one, and does not tell it where it comes from', async t => {
  t.match(
    loginProblemPage({ sentence: 's', requestId: 'r', retryUrl: '/x/login?return_to=%2Fa' }),
    'href="/x/login?return_to=%2Fa" rel="noreferrer"',
  )
})

t.test('signing out by a link asks first, and changes something only by POST', async t => {
  t.match(logoutPage({ action: '/x/logout', requestId: 'r' }), '<form method="post" action="/x/logout">')
})

t.test('the page between provider and application links to the page that was asked for', async t => {
  t.match(returningPage({ returnTo: '/reports?a=1&b=2' }), 'href="/reports?a=1&amp;b=2"')
})

t.test('no page fetches anything or runs anything', async t => {
  for (const [name, page] of pagesWith('/x')) {
    t.notMatch(page, /<script|<link(?! rel="icon" href="data:)|<img|@import|url\(|\son\w+=|\sstyle=/i, name)
  }
})
