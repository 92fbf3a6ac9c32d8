// One path: whatever the table lets pass selects the same rule in every backend that we can think of, in any order.
import fc from 'fast-check'
import t from 'tap'
import type { Route } from '../../src/core/route.ts'
import { ambiguousForms, readTarget } from '../../src/core/target.ts'
import { allReadings } from './fixtures/backends.ts'
import { route, tableOf } from './fixtures/routes.ts'
import { ruleFor } from './fixtures/rule-for.ts'
import { paths, spoiltTarget } from './fixtures/spoilt-targets.ts'

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
  const wrong = readings.find(found => !(tellsCase && found.ignoresCase) && ruleFor(rules, found) !== place.route.name)
  return wrong && `${raw} passes to ${place.route.path}, read as ${wrong.path}`
}

t.test('every composed backend reads a path that passes as one of the same route (lesson 104)', async t => {
  const counts = { passed: 0, unusual: 0 }
  const property = fc.property(routes, spoiltTarget, (rules, raw) => {
    const found = wrongReading(rules, raw, kind => counts[kind]++)
    if (found)
      throw new Error(
        `${found}, among ${rules.map(rule => `${rule.path}${rule.exact ? ' (exact)' : ''} ${rule.methods ?? ''}`).join(', ')}`,
      )
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 10000 }))
  t.ok(counts.passed > 300 && counts.unusual > 100, 'enough targets pass for this to mean something')
})
