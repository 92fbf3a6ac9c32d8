import t from 'tap'
import { bodyLength, framingProblem, MOST_HEADERS } from '../../src/http/framing.ts'
import { head, received } from '../support/visits.ts'

type Tap = Parameters<typeof received>[0]

const problemOf = async (t: Tap, ...lines: string[]) => framingProblem(await received(t, head('POST /', ...lines)))

t.test('an ordinary message has no problem, however often harmless fields come', async t => {
  t.equal(await problemOf(t), undefined)
  t.equal(await problemOf(t, 'Accept: a', 'Accept: b', 'Cookie: a=1', 'Cookie: b=2', 'X-Any: 1', 'X-Any: 2'), undefined)
  t.equal(await problemOf(t, 'Content-Length: 0', 'Content-Type: text/plain', 'Origin: null'), undefined)
  t.equal(await problemOf(t, 'Transfer-Encoding: Chunked'), undefined)
})

t.test('a second line of what decides something is a second opinion', async t => {
  for (const name of ['Host', 'Authorization', 'Content-Type', 'Origin', 'Upgrade', 'Expect'])
    t.equal(
      await problemOf(t, `${name}: 100-continue`, `${name.toLowerCase()}: 100-continue`),
      `two "${name.toLowerCase()}" lines`,
      name,
    )
})

t.test('no coding but chunked, and none from HTTP/1.0', async t => {
  for (const coding of ['x, chunked', 'gzip, chunked'])
    t.equal(await problemOf(t, `Transfer-Encoding: ${coding}`), 'a transfer coding other than "chunked"', coding)
  const old = await received(t, 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n')
  t.equal(framingProblem(old), 'a transfer coding in an HTTP/1.0 request')
  t.equal(framingProblem(await received(t, 'GET / HTTP/1.0\r\nHost: a\r\n\r\n')), undefined)
})

t.test('other versions of HTTP are not spoken, though the parser reads them', async t => {
  const raw = await received(t, 'GET / HTTP/0.9\r\nHost: a\r\n\r\n')
  t.equal(framingProblem(raw), 'an HTTP version other than 1.0 and 1.1')
})

t.test('lengths and expectations are those that everybody reads alike', async t => {
  t.equal(await problemOf(t, `Content-Length: ${'0'.repeat(15)}1`), 'a Content-Length of too many digits')
  t.equal(await problemOf(t, 'Expect: 100-Continue'), undefined)
  t.equal(await problemOf(t, 'Expect: 200-ok'), 'an expectation other than "100-continue"')
})

t.test('header lines are counted before Node begins to hide some', async t => {
  const lines = (count: number) => Array.from({ length: count - 1 }, (_, n) => `X-${n}: 1`)
  t.equal(await problemOf(t, ...lines(MOST_HEADERS - 1)), undefined)
  t.equal(await problemOf(t, ...lines(MOST_HEADERS)), 'too many header lines')
})

t.test('how long a body is, as its sender says', async t => {
  t.equal(bodyLength(await received(t, head('GET /'))), 'none')
  t.equal(bodyLength(await received(t, head('POST /', 'Content-Length: 0'))), 0)
  t.equal(bodyLength(await received(t, head('POST /', 'Content-Length: 0012'))), 12)
  t.equal(bodyLength(await received(t, head('POST /', 'Transfer-Encoding: chunked'))), 'chunked')
})
