// What an administrator may ask for: all of it is read, or none.
import t from 'tap'
import { readEndWish, readListWish, readNotBeforeWish } from '../../src/admin/wishes.ts'

const issuer = 'https://login.example.com'
const now = Date.UTC(2026, 10, 23, 15)

t.test('a list without words is the first page of everybody', async t => {
  t.same(readListWish({}), { ok: true, wish: { filter: {}, limit: 100, cursor: undefined } })
})

t.test('a list takes filters, a limit and a cursor', async t => {
  const query = { user: 'ann', issuer, subject: '1', provider: 'corp', limit: '7', cursor: '21' }
  const filter = { user: 'ann', issuer, subject: '1', provider: 'corp' }
  t.same(readListWish(query), { ok: true, wish: { filter, limit: 7, cursor: '21' } })
})

t.test(
  'a list with a word that is not known, or known twice, is refused: it would be the list of everybody',
  async t => {
    for (const query of [{ usr: 'ann' }, { user: ['ann', 'bob'] }, { user: '' }, { User: 'ann' }, { __proto__x: '1' }])
      t.match(readListWish(query), { ok: false }, JSON.stringify(query))
    for (const limit of ['0', '-1', '1001', '1e2', '07', ' 7', 'all', '99999'])
      t.match(readListWish({ limit }), { ok: false, wanted: /from 1 to 1000/ }, limit)
  },
)

t.test('sessions end by person or by user name, and never by half of either', async t => {
  t.same(readEndWish({ issuer, subject: '1' }), { ok: true, wish: { issuer, subject: '1' } })
  t.same(readEndWish({ user: 'ann' }), { ok: true, wish: { user: 'ann' } })
  for (const body of [
    {},
    { issuer },
    { subject: '1' },
    { user: 'ann', subject: '1' },
    { user: 'ann', issuer, subject: '1' },
  ])
    t.match(readEndWish(body), { ok: false, wanted: /"issuer" and "subject", or "user"/ }, JSON.stringify(body))
  for (const body of [
    undefined,
    null,
    [],
    'ann',
    7,
    [{ user: 'ann' }],
    { user: 7 },
    { user: null },
    { user: 'x'.repeat(2049) },
  ])
    t.match(readEndWish(body), { ok: false, wanted: String }, JSON.stringify(body))
})

t.test('a time is an RFC 3339 time with its zone, and not to come', async t => {
  const at = (text: unknown) => readNotBeforeWish({ issuer, subject: '1', at: text }, now)
  t.same(readNotBeforeWish({ issuer, subject: '1' }, now), { ok: true, wish: { issuer, subject: '1', at: now } })
  t.match(at('2026-11-23T14:30:00Z'), { ok: true, wish: { at: Date.UTC(2026, 10, 23, 14, 30) } })
  t.match(at('2026-11-23T15:30:00.25+01:00'), { ok: true, wish: { at: Date.UTC(2026, 10, 23, 14, 30, 0, 250) } })
  for (const text of ['2026-11-23', '2026-11-23T14:30:00', '2026-13-01T00:00:00Z', 'yesterday', '', 1_700_000_000, '0'])
    t.match(at(text), { ok: false }, String(text))
  t.match(at('2026-11-23T15:00:01Z'), { ok: false, wanted: /future/ })
  t.match(readNotBeforeWish({ subject: '1' }, now), { ok: false, wanted: /"issuer" and "subject"/ })
})
