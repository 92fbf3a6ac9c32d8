// The one matcher: host, path and method select one route, and every doubt about which is refused.
import t from 'tap'
import { ambiguousForms } from '../../src/core/target.ts'
import hostile from '../attacks/fixtures/targets.json' with { type: 'json' }
import { namedOptIn, outcome, route, tableOf } from './fixtures/routes.ts'

const everyForm = { allowInPath: ambiguousForms }

const house = tableOf(
  route('/', everyForm),
  route('/public', { ...everyForm, public: true }),
  route('/admin', everyForm),
  route('/healthz', { ...everyForm, exact: true, public: true }),
  route('/kelvin', everyForm),
  route('/secret', everyForm),
)

t.test('the longest prefix wins and ends at a segment boundary', async t => {
  const table = tableOf(route('/'), route('/pub'), route('/pub/inner'), route('/slash/'))
  const expected = {
    '/pub': '/pub',
    '/pub/': '/pub',
    '/pub/x': '/pub',
    '/publican': '/',
    '/pub-admin': '/',
    '/pub/inner': '/pub/inner',
    '/pub/inner/x/y': '/pub/inner',
    '/pub/innermost': '/pub',
    '/slash': '/slash/',
    '/slash/x': '/slash/',
    '/slashed': '/',
    '/%70ub/x': '/pub',
    '/x?/pub/': '/',
    '/x?y=/pub': '/',
  }
  for (const [raw, name] of Object.entries(expected)) t.equal(outcome(table, raw), name, raw)
  t.equal(outcome(tableOf(route('/pub')), '/x'), 'nowhere')
})

t.test('an exact route matches its path only', async t => {
  t.equal(outcome(house, '/healthz'), '/healthz')
  t.equal(outcome(house, '/health%7A?x=1'), '/healthz')
  t.equal(outcome(house, '/healthz/x'), '/')
  t.equal(outcome(house, '/healthzz'), '/')
  t.equal(outcome(tableOf(route('/', { exact: true, name: 'front' }), route('/')), '/'), 'front')
})

t.test('a slash at the end of an exact path is refused, unless both spellings are routes', async t => {
  const one = tableOf(route('/'), route('/docs', { exact: true }), route('/in/', { exact: true }))
  t.equal(outcome(one, '/docs/'), 'ambiguous')
  t.equal(outcome(one, '/in'), 'ambiguous')
  t.equal(outcome(one, '/in/'), '/in/')
  const both = tableOf(route('/'), route('/docs', { exact: true }), route('/docs/', { exact: true }))
  t.equal(outcome(both, '/docs'), '/docs')
  t.equal(outcome(both, '/docs/'), '/docs/')
})

t.test('a path that another reader would take for one of another route is refused, whatever is opted into', async t => {
  for (const raw of hostile.anotherRuleMeant) t.match(outcome(house, raw), /^(?:ambiguous|malformed)$/, raw)
})

t.test('without other routes the same forms pass where they are opted into', async t => {
  const table = tableOf(route('/', everyForm))
  for (const raw of [
    '/a%2fb',
    '/a;x=1/y',
    '/a//b',
    '/C%23',
    '/what%3F',
    '/ADMIN',
    '/a.',
    '/a%20',
    '/a::$DATA',
    '/a;/b%5Cc',
  ])
    t.equal(outcome(table, raw), '/', raw)
})

t.test('each opt-in lets pass its own form, and the problem names the very one', async t => {
  const targets = {
    encodedSlash: '/a%2Fb',
    encodedReserved: '/C%23',
    semicolon: '/a;b',
    emptySegment: '/a//b',
  } as const
  for (const form of ambiguousForms)
    for (const [needed, raw] of Object.entries(targets)) {
      const table = tableOf(route('/', { allowInPath: [form] }))
      t.equal(outcome(table, raw), form === needed ? '/' : 'ambiguous', `${raw} with ${form}`)
      t.equal(namedOptIn(table, raw), form === needed ? undefined : needed)
    }
})

t.test('an opt-in is named only where it would help', async t => {
  const table = tableOf(route('/', { exact: true }), route('/app'), route('/app/admin'))
  t.equal(namedOptIn(table, '/nowhere;x'), undefined)
  t.equal(namedOptIn(table, '/_sallyport/login;x'), undefined)
  t.equal(namedOptIn(table, '/app/admin;x'), undefined, 'another rule is meant')
  t.equal(namedOptIn(table, '/app/ADMIN'), 'otherCase')
  t.equal(namedOptIn(table, '/app/ADMIN%20'), 'otherCase')
  t.equal(namedOptIn(table, '/app/admin%20'), undefined)
  t.equal(namedOptIn(table, '/app/x;y'), 'semicolon')
})

t.test('letter case counts for the match, and a case variant of another route is refused', async t => {
  const table = tableOf(route('/'), route('/Admin'), route('/api'))
  t.equal(outcome(table, '/Admin/x'), '/Admin')
  t.equal(outcome(table, '/Admin/X%20y'), '/Admin')
  for (const raw of ['/admin', '/admin/x', '/ADMIN/x', '/API']) t.equal(outcome(table, raw), 'ambiguous', raw)
  t.equal(outcome(table, '/path/with/UpperCase'), '/')
  const variants = tableOf(route('/Wiki'), route('/wiki'))
  t.equal(outcome(variants, '/wiki/x'), 'ambiguous')
  const inCase = tableOf(route('/Wiki', { allowInPath: ['otherCase'] }), route('/wiki', { allowInPath: ['otherCase'] }))
  t.equal(outcome(inCase, '/wiki/x'), '/wiki')
  t.equal(outcome(inCase, '/Wiki/x%20y'), '/Wiki')
})

t.test('otherCase opens for letter case and for nothing else', async t => {
  const table = tableOf(route('/', { allowInPath: [...ambiguousForms, 'otherCase'] }), route('/admin'))
  t.equal(outcome(table, '/ADMIN'), '/')
  t.equal(outcome(table, '/Admin%20'), '/')
  for (const raw of ['/admin;x', '/admin%20', '/admin.', '//admin', '/admin%2Fx', '/%EF%BD%81dmin'])
    t.equal(outcome(table, raw), 'ambiguous', raw)
})

t.test('routes with escapes in their paths are found in every spelling of them', async t => {
  const table = tableOf(
    route('/'),
    route('/caf%c3%a9'),
    route('/api/g%2Fp', { allowInPath: ['encodedSlash'] }),
    route('/%7Eann'),
  )
  t.equal(outcome(table, '/caf%C3%A9/x'), '/caf%c3%a9')
  t.equal(outcome(table, '/caf%c3%a9/x%20y'), '/caf%c3%a9')
  t.equal(outcome(table, '/api/g%2fp/x'), '/api/g%2Fp')
  t.equal(outcome(table, '/api/g/p/x'), 'ambiguous', 'a backend that decodes cannot tell it from the other')
  t.equal(outcome(table, '/~ann/x'), '/%7Eann')
  t.equal(outcome(table, '/cafe%CC%81'), 'ambiguous', 'the same letter, composed')
  t.equal(outcome(table, '/cafe'), 'ambiguous', 'the same letter to many databases')
  t.equal(outcome(tableOf(route('/'), route('/%E6%8A%80%E8%A1%93')), '/%E6%8A%80%E8%A1%93/x'), '/%E6%8A%80%E8%A1%93')
})

t.test('methods choose among the routes of one path, and never fall through to a shorter one', async t => {
  const table = tableOf(
    route('/'),
    route('/api', { name: 'any' }),
    route('/api', { name: 'write', methods: ['POST', 'PUT'] }),
    route('/read', { methods: ['GET'] }),
  )
  t.equal(outcome(table, '/api', { method: 'POST' }), 'write')
  t.equal(outcome(table, '/api', { method: 'GET' }), 'any')
  t.equal(outcome(table, '/read', { method: 'HEAD' }), '/read')
  for (const method of ['POST', 'get', 'Get', 'constructor', '__proto__', ''])
    t.equal(outcome(table, '/read/x', { method }), 'wrong-method', method)
})

t.test('hosts are looked up exactly, then by the longest wildcard, and never by default', async t => {
  const table = tableOf(
    route('/', { name: 'app', hosts: ['app.test'] }),
    route('/', { name: 'wild', hosts: ['*.app.test'] }),
    route('/', { name: 'inner', hosts: ['*.admin.app.test'] }),
    route('/only', { name: 'narrow', hosts: ['narrow.app.test'] }),
  )
  const expected = {
    'app.test': 'app',
    'x.app.test': 'wild',
    'x.y.app.test': 'wild',
    'admin.app.test': 'wild',
    'x.admin.app.test': 'inner',
    'narrow.app.test': 'nowhere',
    'evilapp.test': 'unserved',
    'app.test.evil.test': 'unserved',
    appxtest: 'unserved',
    '*.app.test.x': 'unserved',
    test: 'unserved',
    __proto__: 'unserved',
    constructor: 'unserved',
    '': 'unserved',
  }
  for (const [host, name] of Object.entries(expected)) t.equal(outcome(table, '/', { host }), name, host)
})

t.test('our own endpoints win on every host, over every route', async t => {
  const table = tableOf(route('/'), route('/_sallyport/login'), route('/_sallyport', { exact: true }))
  for (const raw of ['/_sallyport', '/_sallyport/', '/_sallyport/login', '/_sally%70ort/x', '/_sallyport/nothing'])
    t.equal(outcome(table, raw), 'own', raw)
  t.equal(outcome(table, '/_sallyports'), '/')
})

t.test('ten thousand routes match as ten do', async t => {
  const many = tableOf(route('/'), ...Array.from({ length: 10_000 }, (_, at) => route(`/app-${at}/x`)))
  t.equal(outcome(many, '/app-9999/x/y'), '/app-9999/x')
  t.equal(outcome(many, '/app-9999/xy'), '/')
  t.equal(outcome(many, '/app-9999%2Fx'), 'ambiguous')
})

t.test('a number in a route is that number to every reader', async t => {
  const table = tableOf(route('/'), route('/config/1'), route('/1.0'))
  for (const path of ['/config/01', '/config/+1', '/config/1.0/x', '/config/%EF%BC%91', '/1/x', '/01.0'])
    t.equal(outcome(table, path), 'ambiguous', path)
  t.equal(outcome(table, '/config/%31/x'), '/config/1')
  t.equal(outcome(table, '/1.0/instances'), '/1.0')
  t.equal(outcome(table, '/2026/01/02'), '/')
})

t.test('a plus between two words may be a space, and routes with a plus are found', async t => {
  const table = tableOf(route('/'), route('/x%20y'), route('/a+b'), route('/c'), route('/c++'))
  for (const path of ['/x+y', '/x+y/z', '/a%20b', '/x%2By']) t.equal(outcome(table, path), 'ambiguous', path)
  t.equal(outcome(table, '/x%20y/z'), '/x%20y')
  t.equal(outcome(table, '/a+b/z'), '/a+b')
  t.equal(outcome(table, '/c++/z'), '/c++')
  t.equal(outcome(table, '/wiki/C++'), '/')
})
