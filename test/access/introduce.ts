import t from 'tap'
import { makeAssertions, signingKeys } from '../../src/access/assertion.ts'
import { makeIntroduction } from '../../src/access/introduce.ts'
import { presetRules } from '../../src/core/identity-headers.ts'
import { parseTemplate } from '../../src/core/template.ts'
import { session } from '../session/examples.ts'
import { routeTo } from '../support/visits.ts'

const rules = presetRules('standard')
const ann = session('ann')
const team = { name: 'X-Team', value: parseTemplate('{identity.groups}') ?? [] }
const fixed = { name: 'X-Source', value: parseTemplate('gateway') ?? [] }
const route = routeTo({ name: 'app', headers: { set: [team, fixed], remove: [] } })

t.test('who is signed in is introduced by the rules of the house and of the route', async t => {
  const fields = makeIntroduction({ rules, assertion: undefined }).of(ann, route, 0)
  t.same(fields, [
    ['X-Forwarded-User', 'ann'],
    ['X-Forwarded-Groups', 'sre'],
    ['X-Forwarded-Preferred-Username', 'ann'],
    ['X-Team', 'sre'],
    ['X-Source', 'gateway'],
  ])
})

t.test('a stranger on a public route is introduced by nobody: only fixed texts of the route remain', async t => {
  const assertions = makeAssertions({ header: 'X-A', ttlMs: 60_000, keys: [] }, 'https://app.test', signingKeys([]))
  const introduction = makeIntroduction({ rules, assertion: { header: 'X-A', assertions } })
  t.same(introduction.of(undefined, route, 0), [['X-Source', 'gateway']])
  t.same(introduction.of(undefined, routeTo(), 0), [])
})

t.test('the assertion comes last and is as fresh as it must be; the rest is made once', async t => {
  const assertions = makeAssertions({ header: 'X-A', ttlMs: 60_000, keys: [] }, 'https://app.test', signingKeys([]))
  const introduction = makeIntroduction({ rules, assertion: { header: 'X-A', assertions } })
  const [first, later] = [introduction.of(ann, route, 0), introduction.of(ann, route, 40_000)]
  t.equal(first.at(-1)?.[0], 'X-A')
  t.match(first.at(-1)?.[1], /^eyJ/)
  t.not(later.at(-1)?.[1], first.at(-1)?.[1])
  t.equal(later[0], first[0], 'the very same field')
})

t.test('no introduction is taken for another: sessions, and routes, have their own', async t => {
  const introduction = makeIntroduction({ rules, assertion: undefined })
  t.match(introduction.of(ann, route, 0)[0], ['X-Forwarded-User', 'ann'])
  t.match(introduction.of(session('bob'), route, 0)[0], ['X-Forwarded-User', 'bob'])
  t.equal(introduction.of(ann, routeTo({ name: 'plain' }), 0).length, 3)
  const renamed = { ...ann, identity: { ...ann.identity, user: 'anna' } }
  t.match(introduction.of(renamed, route, 0)[0], ['X-Forwarded-User', 'anna'], 'nor a session for its older self')
})
