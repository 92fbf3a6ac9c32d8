// One path: whatever the table lets pass selects the same rule in every backend that we can think of, in any order.
import fc from 'fast-check'
import t from 'tap'
import type { Route } from '../../src/core/route.ts'
import { ambiguousForms, readTarget } from '../../src/core/target.ts'
import { allReadings } from './fixtures/backends.ts'
import { ownPrefix, route, tableOf } from './fixtures/routes.ts'

const paths = [
  '/',
  '/admin',
  '/public',
  '/Admin',
  '/public/deep',
  '/api',
  '/caf%C3%A9',
  '/a%2Fb',
  '/docs/',
  '/x y'.replace(' ', '%20'),
]

const spoilers = [
  ...[
    '.',
    '..',
    '...',
    '%2e',
    '%2E%2e',
    '%EF%BC%8E%EF%BC%8E',
    '%E2%80%A5',
    '%E3%80%82',
    '.%20',
    '..%20',
    '%C4%AE',
    '%2e%E2%80%8B',
  ],
  ...[
    '/',
    '//',
    '\\',
    '%2f',
    '%5C',
    '%252f',
    '%255c',
    '%EF%BC%8F',
    '%E2%88%95',
    '%C0%AF',
    '%C2%A5',
    '/../',
    '/./',
    '/..;/',
  ],
  ...[';', ';x=1', '%3b', '#', '%23', '?', '%3F', '%00', '%2500', '%20', '%09', '%C2%A0', '%E2%80%8B', '%C2%AD'],
  ...[
    '::$DATA',
    ':$I30:$INDEX_ALLOCATION',
    '%7F',
    '%',
    '%25',
    '%2561',
    '%25%36%31',
    '%EF%BC%85%36%31',
    '%EF%BC%852e',
    '%u002e',
  ],
  ...[
    '%C3%28',
    'é',
    '100%25',
    '~1',
    ':',
    '@',
    '$',
    '%EF%BC%9B',
    '%EF%BC%83',
    '%EF%BC%BC',
    '%CC%80',
    'admin',
    'public',
    'x',
  ],
]
const lookAlikes: Readonly<Record<string, readonly string[]>> = {
  a: ['%61', 'A', '%41', '%EF%BD%81', '%C3%A0', '%2561', '%EF%BC%8561', '%EF%BC%85%EF%BC%96%EF%BC%91'],
  d: ['D', '%64', '%EF%BD%84'],
  i: ['I', '%69', '%C4%B1', '%C4%B0', '%E2%81%B1'],
  '/': ['//', '%2F', '%5c', '/./', '\\', '%E2%88%95', '/%20/', '/%2e/', ';/', '/;/', '%3B/'],
}

/** A path of some route, or beside one, with a few places spoilt. */
const target = fc
  .tuple(
    fc.constantFrom(
      ...paths,
      '/admin/x',
      '/public/x',
      '/public/admin',
      '/x/admin/y',
      `${ownPrefix}/login`,
      '/caf%C3%A9/x',
    ),
    fc.array(
      fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(...spoilers), fc.nat(), fc.boolean()),
      {
        maxLength: 3,
      },
    ),
  )
  .map(([path, spoils]) =>
    spoils.reduce((spoilt, [where, text, which, insert]) => {
      const at = Math.round(where * spoilt.length)
      const others = lookAlikes[spoilt.charAt(at)] ?? []
      const other = insert ? undefined : others[which % Math.max(others.length, 1)]
      return spoilt.slice(0, at) + (other ?? text) + spoilt.slice(other ? at + 1 : at)
    }, path),
  )

const optIns = fc.oneof(fc.subarray([...ambiguousForms, 'otherCase' as const]), fc.constant([...ambiguousForms]))
const sketch = fc.record({
  path: fc.constantFrom(...paths),
  exact: fc.boolean(),
  methods: fc.constantFrom(undefined, ['GET'], ['POST']),
  allowInPath: optIns,
})
/** Often with a front room for everything else, which is where a path that was misread ends up. */
const routes = fc
  .tuple(
    fc.uniqueArray(sketch, { maxLength: 5, selector: ({ path, exact, methods }) => `${path} ${exact} ${methods}` }),
    optIns,
    fc.nat(3),
  )
  .map(([sketches, allowInPath, front]) => [
    ...sketches.map(({ path, methods, ...rest }, at) =>
      route(path, { ...rest, name: `${at}`, ...(methods && { methods }) }),
    ),
    ...(front > 0 ? [route('/', { name: 'front', allowInPath })] : []),
  ])

/** The rule that an ordinary router would choose for what a backend read. */
function ruleFor(rules: readonly Route[], read: string, ignoresCase: boolean): string {
  const alike = (text: string) => (ignoresCase ? text.toUpperCase().toLowerCase() : text)
  const path = alike(read)
  const below = (base: string) => path === base || path.startsWith(base.endsWith('/') ? base : `${base}/`)
  if (below(alike(ownPrefix))) return 'own'
  const spellings = (rule: Route) => [alike(rule.path), alike(decodeURIComponent(rule.path))]
  const exact = rules.filter(rule => rule.exact && spellings(rule).includes(path))
  const under = rules.filter(rule => !rule.exact && spellings(rule).some(base => below(base.replace(/\/$/, ''))))
  const depth = (rule: Route) => decodeURIComponent(rule.path).replace(/\/$/, '').length
  const deepest = Math.max(...under.map(depth))
  const chosen = exact.length > 0 ? exact : under.filter(rule => depth(rule) === deepest)
  return (chosen.find(rule => rule.methods?.includes('GET')) ?? chosen.find(rule => !rule.methods))?.name ?? 'none'
}

/** What a backend makes of the target although another rule was applied; undefined when there is no such backend. */
function wrongReading(
  rules: readonly Route[],
  raw: string,
  count: (kind: 'passed' | 'unusual') => void,
): string | undefined {
  const reading = readTarget(raw)
  const place = reading.ok ? tableOf(...rules).match('app.test', 'GET', reading.target) : undefined
  if (!reading.ok || place?.kind !== 'route') return undefined
  count('passed')
  const readings = allReadings(reading.target.canonical)
  if (readings.some(({ path }) => path.toLowerCase() !== raw.toLowerCase())) count('unusual')
  const tellsCase = place.route.allowInPath.has('otherCase')
  const wrong = readings.find(
    ({ path, ignoresCase }) => !(tellsCase && ignoresCase) && ruleFor(rules, path, ignoresCase) !== place.route.name,
  )
  return wrong && `${raw} passes to ${place.route.path}, read as ${wrong.path}`
}

t.test('every composed backend reads a path that passes as one of the same route', async t => {
  const counts = { passed: 0, unusual: 0 }
  const property = fc.property(routes, target, (rules, raw) => {
    const found = wrongReading(rules, raw, kind => counts[kind]++)
    if (found)
      throw new Error(
        `${found}, among ${rules.map(rule => `${rule.path}${rule.exact ? ' (exact)' : ''} ${rule.methods ?? ''}`).join(', ')}`,
      )
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 3000 }))
  t.ok(counts.passed > 300 && counts.unusual > 100, 'enough targets pass for this to mean something')
})
