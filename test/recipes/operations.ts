// The operations guide names the metrics and probes that there are.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { adminApp } from '../../src/http/admin.ts'
import { makeMetrics } from '../../src/http/metrics.ts'

const guide = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8')

t.test('every metric of ours is in the table, and nothing else is', async t => {
  const offered = (await makeMetrics().text()).matchAll(/^# TYPE (sallyport_\w+) /gm)
  const told = guide.matchAll(/^\| `(sallyport_\w+)` \|/gm)
  t.strictSame(namesOf(told), namesOf(offered))
})

t.test('every path that the guide names is served by the admin listener', async t => {
  const app = adminApp(makeMetrics(), () => ({ ready: true, reasons: [] }))
  t.teardown(() => app.close())
  const paths = namesOf(guide.matchAll(/`(?:GET )?(\/(?:livez|readyz|metrics))`/g))
  t.strictSame(paths, ['/livez', '/metrics', '/readyz'])
  for (const path of paths) t.equal((await app.inject(path)).statusCode, 200, path)
})

function namesOf(matches: Iterable<RegExpMatchArray>): string[] {
  return [...new Set(Array.from(matches, match => match[1] ?? ''))].toSorted()
}
