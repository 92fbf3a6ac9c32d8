// Q, smuggling: no bytes of one request are ever read as another.
import t from 'tap'
import { buildFort, refusedAll, smuggled } from '../support/attack.ts'
import { lanes } from '../support/lanes.ts'
import { fieldOf } from '../support/wire.ts'

for (const [lane, everyRoute] of lanes)
  t.test(`behind the lane ${lane}`, async t => {
    const fort = await buildFort(t, { everyRoute })
    const { host, request, strike, probe } = fort
    const post = (...fields: readonly string[]) => request('POST /public/x HTTP/1.1', ...fields)

    t.test('a body has one length, and that is a plain number (Q-01, d-01, d-02)', t =>
      refusedAll(t, fort, {
        'length and coding': `${post('Content-Length: 6', 'Transfer-Encoding: chunked')}0\r\n\r\nX`,
        'coding and length': `${post('Transfer-Encoding: chunked', 'Content-Length: 6')}0\r\n\r\nX`,
        ...Object.fromEntries(
          [
            '+5',
            '-5',
            '0x5',
            '5 5',
            '5;',
            '"5"',
            '5e0',
            '5, 5',
            '5,6',
            '\x0b5',
            '',
            '9'.repeat(20),
            '18446744073709551621',
          ]
            .concat(['9007199254740993', '0'.repeat(20)])
            .map(length => [`Content-Length: ${length}`, `${post(`Content-Length: ${length}`)}hello`]),
        ),
        'two lengths': `${post('Content-Length: 5', 'Content-Length: 6')}hello`,
        'an empty second length': `${post('Content-Length: 5', 'Content-Length:')}hello`,
      }),
    )

    t.test(
      'leading zeros and trailing blanks are gone from the length that is written anew (Q-02, d-02, d-03)',
      async t => {
        for (const length of ['05', '005', '5 ', '5\t', ' \t5']) {
          const { statuses, reached } = await strike(`${post(`Content-Length: ${length}`, 'X-Any: a \t')}hello`)
          t.same(statuses, [200], JSON.stringify(length))
          t.match(reached[0]?.head, /^x-any: a$/im)
          t.match(reached[0]?.head, /^content-length: 5$/im)
          t.equal(reached[0]?.body, 'hello')
        }
      },
    )

    t.test('a field that is not quite a field is refused (Q-03, Q-05, Q-10, Q-11, Q-22, d-04, d-12)', t =>
      refusedAll(
        t,
        fort,
        {
          'a space before the colon': `${post('Content-Length : 5')}hello`,
          'a tab before the colon': `${post('Content-Length\t: 5')}hello`,
          'a space in front': request('POST /public/x HTTP/1.1\r\n Content-Length: 5'),
          'a CR in the name': post('Content\rLength: 5'),
          'a CR before the name': post('X:\rContent-Length: 5'),
          'an LF before the name': post('X: y\nContent-Length: 5'),
          'an empty name': post(': x'),
          'no colon': post('Content-Length'),
          'no token': post('X@Y: z'),
          'a quote in the name': post('"X": z'),
          'a very long name': post(`Content-Length0${'a'.repeat(65_000)}: 5`),
        },
        [400, 431],
      ),
    )

    t.test('a name that only begins like Content-Length is no length (Q-22, d-12)', async t => {
      const { statuses, reached } = await strike(post(`Content-Length0${'a'.repeat(255)}: 5`))
      t.same(statuses, [200])
      t.equal(reached[0]?.body, '')
    })

    t.test('a coding is "chunked" or nothing (Q-01, Q-07, Q-09, Q-21, d-05, d-06, d-07)', async t => {
      const codings = [
        ...[
          'xchunked',
          'chunked, identity',
          'identity, chunked',
          ',chunked',
          'chunked,',
          'chunked, chunked',
          '"chunked"',
        ],
        ...[
          'chunked;q=1',
          '\x0bchunked',
          '\x0cchunked',
          'chunked\0',
          'chunked\x0b',
          '[chunked]',
          'chun\tked',
          'gzip, chunked',
        ],
        ...[
          'gzip',
          'identity',
          'Chunked\r\n ',
          '\r\n chunked',
          'chunked\r\nTransfer-Encoding: chunked',
          'chunked\r\nTransfer-Encoding: x',
        ],
      ]
      const messages = codings.map(coding => [
        `Transfer-Encoding: ${coding}`,
        `${post(`Transfer-Encoding: ${coding}`)}0\r\n\r\n`,
      ])
      await refusedAll(t, fort, {
        ...Object.fromEntries(messages),
        'a space before the colon': `${post('Transfer-Encoding : chunked')}0\r\n\r\n`,
        'NUL in the name': `${post('Transfer-Encoding\0: chunked')}0\r\n\r\n`,
        'a folded line': `${post('X: y', '\tTransfer-Encoding: chunked')}0\r\n\r\n`,
        'HTTP/1.0': `${request('POST /public/x HTTP/1.0', 'Connection: keep-alive', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
      })
    })

    t.test('Transfer_Encoding is no coding, and no upstream reads it (d-05)', async t => {
      const { statuses, reached } = await strike(post('Transfer_Encoding: chunked', 'Transfer.Encoding: chunked'))
      t.same(statuses, [200])
      t.notMatch(reached[0]?.head, /transfer.encoding/i)
    })

    t.test('a head ends with CRLF CRLF and with nothing else (d-11)', t =>
      refusedAll(t, fort, {
        'LF LF': `GET /public/x HTTP/1.1\nHost: ${host}\n\n`,
        'CRLF LF': `GET /public/x HTTP/1.1\r\nHost: ${host}\r\n\n`,
        'CRLF CR X': `GET /public/x HTTP/1.1\r\nHost: ${host}\r\n\rX`,
        'CR CR LF': `GET /public/x HTTP/1.1\r\nHost: ${host}\r\r\n\r\n`,
        'a CR and a request line': `GET /public/x HTTP/1.1\r\nHost: ${host}\r\n\rZGET /evil: HTTP/1.1\r\n\r\n`,
      }),
    )

    t.test('a head of too many lines or bytes is refused (Q-13, D-23, d-13)', t =>
      refusedAll(
        t,
        fort,
        {
          lines: post(...Array.from({ length: 2100 }, (_, at) => `a${at}: b`), 'Content-Length: 5'),
          cookies: post(...Array.from({ length: 1000 }, () => 'Cookie: a=b')),
          hosts: post(...Array.from({ length: 10_000 }, () => `Host: ${host}`)),
          bytes: post(`X: ${'x'.repeat(64_000)}`),
          target: request(`GET /public/${'x'.repeat(64_000)} HTTP/1.1`),
        },
        [400, 431],
      ),
    )

    t.test('a body that looks like a request stays a body, whatever the method (Q-27, d-14)', async t => {
      for (const method of ['GET', 'DELETE', 'OPTIONS', 'PUT', 'PROPFIND']) {
        const { statuses, reached } = await strike(
          request(`${method} /public/x HTTP/1.1`, `Content-Length: ${smuggled.length}`) + smuggled,
        )
        t.same(statuses, [200], method)
        t.same(
          reached.map(seen => [seen.method, seen.body]),
          [[method, smuggled]],
        )
      }
      await strike(request('HEAD /public/x HTTP/1.1', `Content-Length: ${smuggled.length}`) + smuggled)
      await probe(t, 'after them')
    })

    t.test('an expectation is met once, refused when it is another, and never forwarded (Q-26, d-17)', async t => {
      const expecting = (line: string, ...fields: readonly string[]) => request(line, 'Expect: 100-continue', ...fields)
      for (const [what, message, informed] of [
        ['with a body', `${expecting('POST /public/x HTTP/1.1', 'Content-Length: 5')}hello`, 1],
        ['without a body', expecting('POST /public/x HTTP/1.1', 'Content-Length: 0'), 1],
        ['in other letter case', `${post('expect: 100-Continue', 'Content-Length: 5')}hello`, 1],
        ['in HTTP/1.0, which has no 100', `${expecting('POST /public/x HTTP/1.0', 'Content-Length: 5')}hello`, 0],
      ] as const) {
        const { statuses, answers, reached } = await strike(message)
        t.same([statuses, answers[0]?.informational.length], [[200], informed], what)
        t.equal(fieldOf(reached[0]?.headers ?? [], 'expect'), undefined)
      }
      await refusedAll(t, fort, {
        another: `${post('Expect: foo', 'Content-Length: 5')}hello`,
        'another beside it': `${post('Expect: 100-continue, x', 'Content-Length: 5')}hello`,
        'two lines': `${post('Expect: 100-continue', 'Expect: 100-continue', 'Content-Length: 5')}hello`,
        'a folded line': `${post('Expect:\r\n 100-continue', 'Content-Length: 5')}hello`,
      })
    })

    t.test('whoever may not pass gets no 100 (Q-26, d-17)', async t => {
      const { statuses, answers, closed, reached } = await strike(
        request('POST /admin/x HTTP/1.1', 'Expect: 100-continue', 'Content-Length: 5'),
      )
      t.same([statuses, answers[0]?.informational, closed, reached], [[401], [], true, []])
    })
  })
