// The grammar of request targets: what passes is forwarded as it came, what two readers could read differently does not pass.
import fc from 'fast-check'
import t from 'tap'
import { ambiguousForms, canonicalPath, readTarget, type Target } from '../../src/core/target.ts'
import hostile from '../attacks/fixtures/targets.json' with { type: 'json' }
import { outcome, route, tableOf } from './fixtures/routes.ts'

function targetOf(raw: string): Target {
  const reading = readTarget(raw)
  if (!reading.ok) throw new Error(`${raw}: ${reading.problem.found}`)
  return reading.target
}

const formsOf = (raw: string) => [...targetOf(raw).forms].sort()

t.test('the payloads that no route can ask for are refused', async t => {
  const generous = tableOf(route('/', { allowInPath: [...ambiguousForms, 'otherCase'] }))
  for (const [why, targets] of Object.entries(hostile.neverServed))
    await t.test(why, async t => {
      for (const raw of targets) t.match(outcome(generous, raw), /^(?:malformed|ambiguous)$/, JSON.stringify(raw))
    })
})

t.test('what applications really use passes unchanged and needs no opt-in', async t => {
  const ordinary = [
    ...[
      '/',
      '/a/b/',
      '/.well-known/openid-configuration',
      '/file.tar.gz',
      '/@vite/client',
      '/_next/static/%5Bslug%5D.js',
      '/100%25',
    ],
    ...[
      '/caf%C3%A9',
      '/%E6%8A%80%E8%A1%93',
      '/a%20b',
      '/ann@app.test/inbox',
      '/a:b,c',
      '/path/with/UpperCase',
      '/~ann/',
      "/it's(here)!*",
    ],
    ...[
      '/v1/users:batchGet',
      '/a+b&c=d',
      '/api/v1/query?query=up%7Bjob%3D%22x%22%7D',
      '/x?',
      '/x??y',
      '/x?a=/../%2e%2e//;\\|"<>',
      '/x?a=%',
    ],
    ...[
      '/100%25/x',
      '/50%25%20off',
      '/.gitignore',
      '/-/x',
      '/$metadata',
      '/%28x%29',
      '/name%5B%5D',
      '/%F0%9F%9A%80',
      `/${'long/'.repeat(800)}`,
    ],
  ]
  const table = tableOf(route('/'), route('/admin'), route('/healthz', { exact: true }))
  for (const raw of ordinary) {
    t.equal(outcome(table, raw), '/', raw.slice(0, 60))
    t.equal(targetOf(raw).raw, raw)
    t.same(formsOf(raw), [])
  }
})

t.test('each ambiguous form is told by its own name', async t => {
  const forms = {
    encodedSlash: ['/a%2fb', '/a%2Fb', '/a%5cb', '/@scope%2fpkg', '/api/v4/projects/group%2Fproject'],
    encodedReserved: ['/wiki/C%23', '/what%3F', '/a%3bb', '/a%3Bb'],
    semicolon: ['/a;b', '/page.jsp;jsessionid=1', '/m;x=1/n'],
    emptySegment: ['//', '/a//b', '/a//', '//a'],
  }
  for (const [form, targets] of Object.entries(forms)) for (const raw of targets) t.same(formsOf(raw), [form], raw)
  t.same(formsOf('//a;b%2Fc%23'), [...ambiguousForms].sort())
})

t.test('a target is cut at the first question mark', async t => {
  t.match(targetOf('/a?b?c'), { path: '/a', query: '?b?c', canonical: '/a' })
  t.match(targetOf('/a'), { path: '/a', query: '' })
  t.match(targetOf('/a?'), { path: '/a', query: '?' })
})

t.test('escapes of unreserved characters are equal to the characters, and forwarded as they came', async t => {
  t.match(targetOf('/%61%2D%5f%7E%39/%c3%a9'), { raw: '/%61%2D%5f%7E%39/%c3%a9', canonical: '/a-_~9/%C3%A9' })
  const unreserved = fc.constantFrom(...'abcxyzABCXYZ0189-_~')
  const spelling = fc.tuple(unreserved, fc.constantFrom('as it is', 'upper', 'lower'))
  const written = ([character, how]: readonly [string, string]) => {
    const hex = character.charCodeAt(0).toString(16)
    return how === 'as it is' ? character : `%${how === 'upper' ? hex.toUpperCase() : hex}`
  }
  const equal = fc.property(fc.array(spelling, { minLength: 1 }), spellings => {
    const plain = `/${spellings.map(([character]) => character).join('')}`
    return targetOf(`/${spellings.map(written).join('')}`).canonical === plain
  })
  t.doesNotThrow(() => fc.assert(equal))
})

t.test('whatever passes is kept byte for byte and its canonical path is stable', async t => {
  const piece = fc.oneof(
    fc.constantFrom('/', '.', '%', ';', '%2F', '%25', '%41', '%c3%a9', '//', '?', 'x'),
    fc.string({ maxLength: 3 }),
  )
  const stable = fc.property(fc.array(piece, { maxLength: 12 }), pieces => {
    const raw = `/${pieces.join('')}`
    const reading = readTarget(raw)
    if (!reading.ok) return true
    const { path, query, canonical } = reading.target
    return path + query === raw && canonicalPath(canonical) === canonical && /^\/[\x21-\x7e]*$/.test(canonical)
  })
  t.doesNotThrow(() => fc.assert(stable, { numRuns: 2000 }))
})

t.test('a problem says what was found and never quotes the target', async t => {
  for (const raw of Object.values(hostile.neverServed).flat()) {
    const reading = readTarget(raw)
    if (!reading.ok) t.notMatch(reading.problem.found, /admin|public|evil/)
  }
})
