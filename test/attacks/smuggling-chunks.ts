// Q, chunks: what is not quite a chunk ends its connection, and what is one arrives as its bytes alone.
import t from 'tap'
import { buildFort, refusedAll } from '../support/attack.ts'
import { lanes } from '../support/lanes.ts'

for (const [lane, everyRoute] of lanes)
  t.test(`behind the lane ${lane}`, async t => {
    const fort = await buildFort(t, { everyRoute })
    const { request, strike } = fort
    const post = (...fields: readonly string[]) => request('POST /public/x HTTP/1.1', ...fields)
    const chunked = (chunks: string) => post('Transfer-Encoding: chunked') + chunks

    t.test('a chunk that is not quite a chunk ends the connection (Q-06, Q-14, D-11, d-08, d-09, d-10)', t =>
      refusedAll(
        t,
        fort,
        Object.fromEntries(
          [
            ...[
              '0x5',
              '+5',
              '-1',
              ' 5',
              '5 ',
              '5\t',
              '5_0',
              'F'.repeat(17),
              '1'.repeat(17),
              '',
              'G',
              '5\0',
              '5\r\r;ABCD',
              '5\rX',
            ].map(size => `${size}\r\nhello\r\n0\r\n\r\n`),
            ...['5;a\nb', '5;a\r\rb', `5;${'a'.repeat(1_000_000)}`].map(size => `${size}\r\nhello\r\n0\r\n\r\n`),
            ...[
              '5\r\nhelloXX0\r\n\r\n',
              '5\r\nhello\n0\r\n\r\n',
              '5\nhello\n0\n\n',
              '5\r\nhello\r\n0\r\nX\r\n\r\n',
              '0\r\n: x\r\n\r\n',
            ],
            ...['0\r\nContent-Length: 5\r\n\r\n', '0\r\nTransfer-Encoding: chunked\r\n\r\n'],
          ].map(chunks => [JSON.stringify(chunks.slice(0, 30)), chunked(chunks)]),
        ),
        [400, 413],
      ),
    )

    t.test('legal chunks arrive as their bytes alone (d-09, d-10)', async t => {
      for (const chunks of [
        '00005\r\nhello\r\n00000\r\n\r\n',
        '5;a=b;c="d"\r\nhello\r\n0;x\r\n\r\n',
        '2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n',
      ]) {
        const { statuses, reached } = await strike(chunked(chunks))
        t.same([statuses, reached[0]?.body], [[200], 'hello'], JSON.stringify(chunks))
      }
    })
  })
