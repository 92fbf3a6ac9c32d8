// P, rewrites: what a route cuts off and puts in front is cut and put on the very bytes that were matched, and judged again.
import t from 'tap'
import { buildFort, type Fort, type Test, websocketFields } from '../support/attack.ts'

const anybody = [{ authenticated: true }]
const encoded = ['encodedSlash', 'encodedReserved', 'semicolon', 'emptySegment']
const fort = await buildFort(t, {
  moreRoutes: [
    { name: 'stripped', path: '/api', rewrite: { stripPrefix: '/api' }, public: true },
    { name: 'stripped-openly', path: '/open', rewrite: { stripPrefix: '/open' }, public: true, allowInPath: encoded },
    { name: 'moved', path: '/shop', rewrite: { stripPrefix: '/shop', addPrefix: '/internal' }, public: true },
    { name: 'below', path: '/x', rewrite: { addPrefix: '/exposed' }, public: true, allowInPath: ['encodedSlash'] },
    { name: 'named', path: '/caf%C3%A9', rewrite: { stripPrefix: '/caf%C3%A9' }, allow: anybody },
  ],
})

const doors = {
  request: (target: string) => fort.request(`GET ${target} HTTP/1.1`),
  post: (target: string) => fort.request(`POST ${target} HTTP/1.1`, 'Content-Length: 0'),
  websocket: (target: string) => fort.request(`GET ${target} HTTP/1.1`, ...websocketFields),
}

const targetsOf = ({ reached }: Awaited<ReturnType<Fort['strike']>>) => reached.map(({ target }) => target)

/** Each arrives as this, or is refused where there is nothing to arrive as. */
async function arrives(t: Test, wanted: Readonly<Record<string, string | undefined>>): Promise<void> {
  for (const [door, bytes] of Object.entries(doors))
    for (const [target, expected] of Object.entries(wanted)) {
      const impact = await fort.strike(bytes(target))
      if (expected === undefined) t.same(impact.statuses, [400], `${door} ${target} is refused`)
      t.same(targetsOf(impact), expected === undefined ? [] : [expected], `${door} ${target}`)
    }
}

t.test('a prefix is cut where it ends in the bytes that are sent, however it was escaped (P-21)', t =>
  arrives(t, {
    '/api/a': '/a',
    '/ap%69/a': '/a',
    '/%61%70%69/a%20b?x=%2f': '/a%20b?x=%2f',
    '/ap%69': '/',
    '/ap%69/a%2Fb': undefined,
    '/op%65n/a%2Fb': '/a%2Fb',
    '/%6Fpe%6E/a%2fb%20?y': '/a%2fb%20?y',
  }),
)

t.test('what is left after a cut is judged like a path that came in (P-22, P-23)', t =>
  arrives(t, {
    '/api../x': undefined,
    '/api..%2fx': undefined,
    '/api/../x': undefined,
    '/api//x': undefined,
    '/open//evil.test': undefined,
    '/open///evil.test/x': undefined,
    '/open/%2Fevil.test': '/%2Fevil.test',
    '/open/..;/admin': undefined,
    '/open/%2e%2e/admin': undefined,
    '/shop/../admin': undefined,
    '/shop/..%2fadmin': undefined,
    '/shop/%25%32%65': undefined,
    '/shop..': undefined,
    '/shop//x': undefined,
    '/api/%': undefined,
    '/api/%00': undefined,
    '/api/x%0d%0aY:z': undefined,
    '/api/x#y': undefined,
  }),
)

t.test('a rewrite belongs to the route, not to a spelling of its prefix (P-50)', async t => {
  await arrives(t, {
    '/shop/x': '/internal/x',
    '/%73hop/x': '/internal/x',
    '/sho%70/x': '/internal/x',
    '/shop': '/internal',
    '/shop/': '/internal/',
    '/shop?x': '/internal?x',
    '/shop/internal/x': '/internal/internal/x',
  })
  for (const target of ['/shopping/x', '/SHOP/x', '/shop%2fx', '/shop;/x', '/internal/x'])
    t.same(targetsOf(await fort.strike(doors.request(target))), [], `${target} is not of this route`)
})

t.test('nothing leads out of the part of an upstream that a route exposes (P-51)', t =>
  arrives(t, {
    '/x/a': '/exposed/x/a',
    '/x/%2E%2E/private': undefined,
    '/x/../private': undefined,
    '/x/..%2f..%2fprivate': undefined,
    '/x/a%2F..%2Fprivate': undefined,
    '/x/%2F..%2F..%2Fprivate': undefined,
    '/x/a%5c..%5c..%5cprivate': undefined,
    '/x/.%2e/private': undefined,
    '/x/%EF%BC%8E%EF%BC%8E/private': undefined,
  }),
)
