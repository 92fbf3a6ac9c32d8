// Return targets: whatever is sent, in whatever coding, leads to our own origin or to the front page.
import t from 'tap'
import { frontPage, loginPath, parseReturnTo, pathOfOwnPage } from '../../src/core/return-to.ts'
import payloads from '../attacks/fixtures/return-targets.json' with { type: 'json' }
import { grown } from './fixtures/return-targets.ts'

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return unescape(text)
  }
}

const codings = (text: string): readonly string[] => [
  text,
  decoded(text),
  decoded(decoded(text)),
  encodeURIComponent(text),
  encodeURI(encodeURI(text)),
]

const staysHere = (text: string): boolean =>
  ['https://app.test/', 'http://app.test/_sallyport/login?x', 'https://app.test/a/b/'].every(
    base => URL.parse(text, base)?.origin === new URL(base).origin,
  )

t.test('no listed or grown payload leaves the origin, in any coding', async t => {
  for (const payload of [...payloads.listed, ...payloads.wrappers, ...grown()])
    for (const text of codings(payload)) {
      const found = parseReturnTo(text, '/_sallyport')
      const safe = (found === '/' || found === text) && staysHere(found) && /^\/(?![/\\])[\x21-\x7e]*$/.test(found)
      if (!safe) t.fail(`${JSON.stringify(text)} led to ${JSON.stringify(found)}`)
    }
  t.equal(parseReturnTo('//evil.test', '/_sallyport'), '/')
})

t.test('what would leave the origin or re-serialise into leaving falls back to the front page', async t => {
  const leaving = [
    '//evil.test',
    '/\\evil.test',
    '/\t/evil.test',
    '/.//evil.test',
    '/..//evil.test',
    '/./\\evil.test',
    '/;/..//evil.test',
  ]
  const decodingOut = [
    '/%5cevil.test',
    '/%2f%2fevil.test',
    '/%09/evil.test',
    '/%2e%2e//x',
    '/%252f%252fevil.test',
    '/%',
    '/%zz',
    '/a%00',
  ]
  const odd = [
    '',
    'x',
    '?x',
    '#x',
    'https://app.test/',
    '/a b',
    '/a#b',
    '/\u6280',
    '/\u2215evil.test',
    `/${'x'.repeat(2048)}`,
  ]
  for (const text of [...leaving, ...decodingOut, ...odd, undefined])
    t.equal(parseReturnTo(text, '/_sallyport'), frontPage)
})

t.test('our own endpoints are no return target', async t => {
  for (const text of [
    '/_sallyport',
    '/_sallyport/login?rd=//evil.test',
    '/_sallyport/logout',
    '/_SALLYPORT/callback?code=x',
    '/_sallyport?x',
  ])
    t.equal(parseReturnTo(text, '/_sallyport'), frontPage, text)
  t.equal(parseReturnTo('/_sallyports', '/_sallyport'), '/_sallyports')
})

t.test('deep links pass unchanged', async t => {
  const links = [
    '/',
    '/a/b',
    '/a/b/?x=1&y=%2F%2Fz',
    '/d/abc?orgId=1&from=now-6h',
    '/caf%C3%A9',
    '/a%20b',
    '/@x/y',
    '/?next=//evil.test',
    '/?url=https://x.test/',
  ]
  for (const link of [...links, '/graph?g0.expr=up%7Bjob%3D%22x%22%7D', '/redirect?url=/x'])
    t.equal(parseReturnTo(link, '/_sallyport'), link)
})

t.test('a page of our own is called by name, and the login leads there and nowhere else below the prefix', async t => {
  const sessions = pathOfOwnPage('sessions', '/_sallyport')
  t.equal(sessions, '/_sallyport/sessions')
  t.equal(parseReturnTo(sessions, '/_sallyport'), '/', 'never by its address')
  t.equal(loginPath(sessions, '/_sallyport'), '/_sallyport/login?then=sessions')
  t.equal(
    loginPath(parseReturnTo('/a?b=c&d', '/_sallyport'), '/_sallyport'),
    '/_sallyport/login?return_to=%2Fa%3Fb%3Dc%26d',
  )
})

t.test('our own prefix is no return target in any spelling that browsers pass on', async t => {
  for (const path of [
    '/_sallyport/logout',
    '/%5fsallyport/logout',
    '/_%73allyport/login',
    '/_SALLYPORT/x',
    '/%5F%53allyport',
  ])
    t.equal(parseReturnTo(path, '/_sallyport'), '/', path)
})
