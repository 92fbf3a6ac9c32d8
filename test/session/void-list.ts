import t from 'tap'
import { makeVoidList, voidName, voidNamesOf } from '../../src/session/void-list.ts'
import { session } from './examples.ts'

t.test('a later mark counts on, an earlier one and one that is no time change nothing', async t => {
  const list = makeVoidList()
  const heard: unknown[] = []
  list.onAdded((name, startedBefore) => heard.push([name, startedBefore]))
  t.equal(list.get('ann'), 0)
  for (const startedBefore of [1000, 500, Number.NaN, 1000, 2000]) await list.add('ann', startedBefore)
  t.equal(list.get('ann'), 2000)
  t.strictSame(heard, [
    ['ann', 1000],
    ['ann', 2000],
  ])
})

t.test('a session is void under each of its names, and nobody else is', async t => {
  const ann = session('ann')
  const { issuer, subject } = ann.identity
  const { sid = '' } = ann
  const names = voidNamesOf(ann)
  for (const which of [{ id: ann.id }, { issuer, sid }, { issuer, subject }]) t.ok(names.includes(voidName(which)))
  const others = [
    { id: subject },
    { issuer, sid: subject },
    { issuer, subject: sid },
    { issuer: subject, subject: issuer },
  ]
  for (const which of others) t.notOk(names.includes(voidName(which)), 'a sid is no subject, an issuer no name')
  t.not(voidName({ issuer: 'a', subject: 'bc' }), voidName({ issuer: 'ab', subject: 'c' }), 'names do not run together')
})
