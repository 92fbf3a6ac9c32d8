// Every part of the benchmark, played as shortly as it can be, with nginx and the gateway: it must not rot. Nothing is said about time.
import t from 'tap'
import { goalsTable } from '../../bench/goals.ts'
import { prepareGround } from '../../bench/ground.ts'
import { paces } from '../../bench/pace.ts'
import { parts } from '../../bench/parts/index.ts'
import { build } from '../../bench/shipped.ts'
import type { Spread } from '../../bench/statistics.ts'
import { missing } from '../support/services.ts'

const skip = missing('nginx')
const admits = (name: string) => /^(?:nginx|Sallyport, (?:bare|memory|.* routes))$/.test(name)
const figures: Record<string, Spread> = {}

t.test('every part measures something, and every answer is right', { skip }, async t => {
  const shipped = build(t)
  const ground = await prepareGround(t, {})
  for (const [name, part] of parts) {
    await t.test(name, async t => {
      const found = await part({ ground: { ...ground, admits, stage: t }, shipped, pace: paces.smoke })
      t.match(found.markdown, /^\| (?:Sallyport|.* tokens).* \| +\d/m)
      t.strictSame(found.faults ?? [], [])
      for (const svg of Object.values(found.charts ?? {})) t.match(svg, /<svg.*<\/svg>/s)
      Object.assign(figures, found.figures)
    })
  }
})

t.test('the figures are those that the goals ask for', { skip }, async t => {
  const told = goalsTable(figures)
  const unmeasured = told.split('\n').filter(line => line.includes('not measured'))
  for (const line of unmeasured) t.match(line, /mod_auth_openidc|auth_request|Caddy|100,000 sessions/)
})
