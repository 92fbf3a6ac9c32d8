import fc from 'fast-check'
import t from 'tap'
import { type AmbiguousForm, readTarget } from '../../src/core/target.ts'
import { rewriteLocation, rewritePath } from '../../src/proxy/rewrite.ts'

const at = (raw: string, stripPrefix: string, addPrefix = '', allowInPath: AmbiguousForm[] = []) => {
  const reading = readTarget(raw)
  if (!reading.ok) throw new Error(`${raw}: ${reading.problem.found}`)
  const result = rewritePath(reading.target, {
    rewrite: { stripPrefix, addPrefix, host: 'visitor' },
    allowInPath: new Set(allowInPath),
  })
  return result.ok ? result.path : result.problem.kind
}

t.test('without a rewrite the received bytes go on unchanged', t => {
  for (const raw of ['/', '/a/b', '/%70rom', '/a?b=%zz&c=//', '/a%20b/', '/%e2%82%ac']) t.equal(at(raw, ''), raw)
  t.end()
})

t.test('a prefix is stripped by its segments, however its letters are escaped (P-21, P-50)', t => {
  t.equal(at('/prom/graph?g0=1', '/prom'), '/graph?g0=1')
  t.equal(at('/%70rom/x', '/prom'), '/x')
  t.equal(at('/%70%72%6F%6d/%78?q', '/prom'), '/%78?q')
  t.equal(at('/a/b/c', '/a/b'), '/c')
  t.equal(at('/a/%62/c/', '/a/b/'), '/c/')
  t.end()
})

t.test('a path that is the prefix becomes the root', t => {
  t.equal(at('/prom', '/prom'), '/')
  t.equal(at('/prom?q', '/prom'), '/?q')
  t.equal(at('/prom/', '/prom'), '/')
  t.end()
})

t.test('a prefix ends at a segment boundary', t => {
  t.equal(at('/prometheus/x', '/prom'), '/prometheus/x')
  t.equal(at('/other', '/prom'), '/other')
  t.end()
})

t.test('a prefix is added in front, with or without a slash at its end', t => {
  t.equal(at('/x', '', '/base'), '/base/x')
  t.equal(at('/x', '', '/base/'), '/base/x')
  t.equal(at('/prom', '/prom', '/base'), '/base')
  t.equal(at('/prom/', '/prom', '/base'), '/base/')
  t.equal(at('/%70rom/x%20y', '/prom', '/base'), '/base/x%20y')
  t.end()
})

t.test('a rewritten path never starts like an authority', t => {
  t.equal(at('/prom//evil.example/x', '/prom', '', ['emptySegment']), 'ambiguous')
  t.equal(at('/prom//x', '/prom', '/base', ['emptySegment']), '/base//x', 'below a prefix it is the opted-in form')
  t.end()
})

t.test('a rewrite that makes an ambiguous path is refused where the route has not opted in', t => {
  t.equal(at('/x', '', '/a;b'), 'ambiguous')
  t.equal(at('/x', '', '/a/..'), 'ambiguous')
  t.equal(at('/x', '', '/a b'), 'malformed')
  t.end()
})

t.test('whatever is stripped, what remains are the last bytes of what came', t => {
  const letter = fc.constantFrom('p', '%70', 'r', '%72')
  const segment = fc.array(letter, { minLength: 1, maxLength: 4 }).map(letters => letters.join(''))
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), fc.nat({ max: 3 }), (segments, count) => {
      const prefix = `/${segments.slice(0, count).map(decodeURIComponent).join('/')}`
      const rest = segments.slice(count)
      const expected = count === 0 ? `/${segments.join('/')}` : `/${rest.join('/')}`
      return at(`/${segments.join('/')}`, prefix) === expected
    }),
  )
  t.end()
})

const route = (stripPrefix = '', addPrefix = '') => ({
  rewrite: { stripPrefix, addPrefix, host: 'visitor' as const },
  upstream: { scheme: 'http' as const, address: { host: 'grafana', port: 3000 }, authority: 'grafana:3000', tls: {} },
})
const visitor = { scheme: 'https', host: 'app.test' } as const

t.test('a redirect to the upstream’s own address leads to the visitor’s', t => {
  const back = (location: string) => rewriteLocation(location, route(), visitor)
  t.equal(back('http://grafana:3000/login?a=http://grafana:3000/'), 'https://app.test/login?a=http://grafana:3000/')
  t.equal(back('HTTP://Grafana:3000'), 'https://app.test/')
  t.equal(back('http://grafana:3000?x'), 'https://app.test/?x')
  t.equal(back('http:\\\\ann@gra\tfana:3000\\x'), 'https://app.test/x', 'as browsers read it')
  t.equal(back('http://grafana:3000/caf\xc3\xa9#\xe9'), 'https://app.test/caf%c3%a9#%e9', 'byte by byte')
  t.end()
})

t.test('a redirect to anywhere else is untouched', t => {
  const elsewhere = [
    '/login',
    'login',
    '',
    '?x',
    '#y',
    '//grafana:3000/x',
    'https://other.test/',
    'http://grafana/',
    'https://grafana:3000/',
    'http://grafana:30001/',
    'http://grafana:3000@evil.test/',
    '/\\evil.test',
    'javascript:1',
  ]
  for (const location of elsewhere) t.equal(rewriteLocation(location, route(), visitor), location, location)
  t.end()
})

t.test('a redirect gets back the prefix that its request had lost', t => {
  const back = (location: string) => rewriteLocation(location, route('/grafana'), visitor)
  t.equal(back('/login'), '/grafana/login')
  t.equal(back('/'), '/grafana/')
  t.equal(back('http://grafana:3000/login'), 'https://app.test/grafana/login')
  t.equal(back('https://app.test/login'), 'https://app.test/grafana/login')
  t.equal(back('/grafana/login'), '/grafana/login', 'an upstream that knows its place')
  t.equal(back('/grafana'), '/grafana')
  t.equal(back('/grafanax'), '/grafana/grafanax')
  t.equal(back('//evil.test/'), '//evil.test/')
  t.equal(back('/\\evil.test'), '/\\evil.test')
  t.equal(back('/\t/evil.test'), '/\t/evil.test')
  t.end()
})

t.test('a redirect loses the prefix that its request had got', t => {
  const back = (location: string) => rewriteLocation(location, route('/grafana', '/base'), visitor)
  t.equal(back('/base/login'), '/grafana/login')
  t.equal(back('/base'), '/grafana')
  t.equal(back('/elsewhere'), '/elsewhere', 'no address of this route leads there')
  t.equal(rewriteLocation('/base/x', route('', '/base'), visitor), '/x')
  t.equal(rewriteLocation('/base', route('', '/base'), visitor), '/')
  t.end()
})

t.test('a path that would become a host without its prefix keeps it', t => {
  const back = (location: string) => rewriteLocation(location, route('', '/inner'), visitor)
  for (const rest of [
    '//evil.test/x',
    '/\\evil.test',
    '/\t/evil.test',
    '/\t\\evil.test',
    '/\r/evil.test',
    '/\n/evil.test',
  ])
    t.equal(back(`/inner${rest}`), `/inner${rest}`)
  t.equal(back('http://grafana:3000/inner//evil.test'), 'https://app.test/inner//evil.test')
  t.equal(back('/inner?x'), '/?x')
  t.equal(back('/inner#y'), '/#y')
  t.end()
})

t.test(
  'whatever an upstream redirects to, the rewrite leads nobody to another origin, and nothing back from one',
  t => {
    const prefix = fc.constantFrom('', '/', '/inner', '/inner/', '/a/b')
    const piece = fc.constantFrom(
      ...['/', '//', '\\', '\t', '\r', '\n', ' ', ':', '@', '?', '#', '..', '.', '%2f', '\xe9'],
      ...[
        'http:',
        'https:',
        'HTTP://',
        'javascript:',
        'app.test',
        'grafana:3000',
        'grafana',
        'evil.test',
        ':443',
        '/inner',
        '/a/b',
      ],
    )
    const start = fc.constantFrom('', '', '/inner', '/a/b', 'http://grafana:3000/inner', 'https://app.test')
    const location = fc
      .tuple(start, fc.array(piece, { maxLength: 6 }))
      .map(([start, pieces]) => start + pieces.join(''))
    const scheme = fc.constantFrom('http' as const, 'https' as const)
    fc.assert(
      fc.property(location, prefix, prefix, scheme, (location, stripPrefix, addPrefix, scheme) => {
        const ours = `${scheme}://app.test`
        const originOf = (location: string) => URL.parse(location, `${ours}/page/x`)?.origin
        const rewritten = rewriteLocation(location, route(stripPrefix, addPrefix), { scheme, host: 'app.test' })
        const leadsHere = [ours, 'http://grafana:3000'].includes(originOf(location) ?? '')
        return leadsHere ? originOf(rewritten) === ours : rewritten === location
      }),
      { numRuns: 5000 },
    )
    t.end()
  },
)
