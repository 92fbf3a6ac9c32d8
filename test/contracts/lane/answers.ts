import type { Test as TapTest } from 'tap'
import type { Lane } from '../../../src/proxy/lane.ts'
import { fieldOf, fieldsOf, openRaw, type RawAnswer, sendRaw } from '../../support/raw.ts'
import { says, saysAndEnds } from '../../support/upstream.ts'
import { get, ok, stalls, startsWith } from './setting.ts'

export function laneAnswers(t: TapTest, lane: Lane): void {
  const start = startsWith(lane)

  const answered = async (t: TapTest, bytes: string, request = get): Promise<RawAnswer> => {
    const { front } = await start(t, { answer: saysAndEnds(bytes) })
    return sendRaw(front.port, request)
  }

  t.test('status, headers and body come back, repeated headers too', async t => {
    const answer = await answered(
      t,
      'HTTP/1.1 418 Whatever\r\nX-A: 1\r\nSet-Cookie: a=1\r\nx-a: 2\r\nSet-Cookie: b=2\r\nContent-Length: 3\r\n\r\ntea',
    )
    t.match(answer, { status: 418, body: 'tea' })
    t.strictSame(fieldsOf(answer.headers, 'x-a'), ['1', '2'])
    t.strictSame(fieldsOf(answer.headers, 'set-cookie'), ['a=1', 'b=2'])
  })

  t.test('hop-by-hop headers end here, our cookies are ours (Q-30)', async t => {
    const headers =
      'Connection: close, Set-Cookie, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=9\r\nProxy-Authenticate: Basic\r\nSet-Cookie: __Host-sallyport=evil\r\nSet-Cookie: a=1\r\n'
    const { front } = await start(t, {
      answer: says(ok('x', headers)),
      front: { exchange: { extraSetCookies: ['__Host-sallyport=new'] } },
    })
    const answer = await sendRaw(front.port, get)
    t.strictSame(fieldsOf(answer.headers, 'set-cookie'), ['a=1', '__Host-sallyport=new'])
    for (const name of ['x-hop', 'proxy-authenticate']) t.equal(fieldOf(answer.headers, name), undefined)
    t.not(fieldOf(answer.headers, 'keep-alive'), 'timeout=9')
  })

  t.test('a body of unknown length is framed anew', async t => {
    t.match(await answered(t, 'HTTP/1.1 200 OK\r\n\r\nuntil the end'), { body: 'until the end' })
    t.match(await answered(t, 'HTTP/1.0 200 OK\r\n\r\nuntil the end'), { body: 'until the end' })
    t.match(
      await answered(t, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n'),
      { body: 'onetwo' },
    )
  })

  t.test('an HTTP/1.0 client gets no chunks', async t => {
    const answer = await answered(
      t,
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n0\r\n\r\n',
      'GET / HTTP/1.0\r\nHost: app.test\r\n\r\n',
    )
    t.match(answer, { status: 200, body: 'one' })
    t.equal(fieldOf(answer.headers, 'transfer-encoding'), undefined)
  })

  t.test('answers without a body have none, and the connection goes on', async t => {
    const heads: Record<string, string> = {
      '/204': '204 No\r\n',
      '/304': '304 No\r\nETag: "a"\r\nContent-Length: 5\r\n',
      '/head': '200 OK\r\nContent-Length: 5\r\n',
    }
    const { front } = await start(t, {
      answer: ({ request, socket }) => void socket.write(`HTTP/1.1 ${heads[request.target]}\r\n`),
    })
    const client = await openRaw(front.port)
    for (const [method, target, status] of [
      ['GET', '/204', 204],
      ['GET', '/304', 304],
      ['HEAD', '/head', 200],
    ] as const) {
      client.send(`${method} ${target} HTTP/1.1\r\nHost: app.test\r\n\r\n`)
      const answer = await client.answer(method)
      t.equal(answer?.status, status)
      t.equal(fieldOf(answer?.headers ?? [], 'content-length'), status === 204 ? undefined : '5')
    }
    client.socket.destroy()
  })

  t.test('trailers come along, those that decide something do not', async t => {
    const answer = await answered(
      t,
      'HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n0\r\nX-Sum: 1\r\nSet-Cookie: a=1\r\n\r\n',
    )
    t.strictSame(answer.trailers, [['X-Sum', '1']])
  })

  t.test('103 is relayed as far as it is links, other informational answers are not', async t => {
    const hints =
      'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload; as=style, </b.js>; rel=preload\r\nX-Secret: 1\r\n\r\n'
    const { front } = await start(t, { answer: says(`HTTP/1.1 102 Processing\r\n\r\n${hints}${ok('x')}`) })
    const { informational, status } = await sendRaw(front.port, get)
    t.equal(status, 200)
    t.equal(informational.length, 1)
    t.match(informational[0]?.line, '103')
    t.strictSame(informational[0]?.headers, [['Link', '</a.css>; rel=preload; as=style, </b.js>; rel=preload']])
  })

  t.test('encoded bodies pass untouched, however often they claim to be encoded (D-26)', async t => {
    const codings = Array.from({ length: 1000 }, () => 'gzip').join(', ')
    t.match(await answered(t, ok('raw', `Content-Encoding: ${codings}\r\n`)), { body: 'raw' })
  })

  t.test('a redirect is the client’s to follow (X-11)', async t => {
    const { upstream, front } = await start(t, {
      answer: says('HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n'),
    })
    t.match(await sendRaw(front.port, get), { status: 307 })
    t.equal(upstream.requests.length, 1)
  })

  t.test('a 503 is not asked again', async t => {
    const { upstream, front } = await start(t, {
      answer: says('HTTP/1.1 503 No\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n'),
    })
    t.match(await sendRaw(front.port, get), { status: 503 })
    t.equal(upstream.requests.length, 1)
  })

  t.test('events arrive one by one, the head before the first', async t => {
    const turns = { first: Promise.withResolvers<void>(), second: Promise.withResolvers<void>() }
    const { front } = await start(t, {
      answer: async ({ socket }) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n')
        await turns.first.promise
        socket.write('data: 1\n\n')
        await turns.second.promise
        socket.end('data: 2\n\n')
      },
    })
    const client = await openRaw(front.port)
    client.send(get)
    t.match(await client.head(), { status: 200 })
    turns.first.resolve()
    t.match(await client.wire.until('data: 1\n\n'), 'data: 1')
    turns.second.resolve()
    t.match(await client.wire.until('data: 2\n\n'), 'data: 2')
    client.socket.destroy()
  })

  t.test('bytes beyond ASCII in a header stay what they are, also where the body is yet to come', async t => {
    const { front } = await start(t, { answer: says('HTTP/1.1 200 OK\r\nX-A: gr\xfc\xdfe\r\n\r\n') })
    const client = await openRaw(front.port)
    client.send(get)
    t.equal(fieldOf((await client.head())?.headers ?? [], 'x-a'), 'gr\xfc\xdfe')
    client.socket.destroy()
  })

  t.test('a download is not read faster than the client takes it (D-17)', async t => {
    const size = 64 * 1024 * 1024
    const { upstream, front } = await start(t, {
      answer: ({ socket }) => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`)
        socket.write(Buffer.alloc(size))
      },
    })
    const client = await openRaw(front.port)
    client.send(get)
    await client.head()
    client.socket.pause()
    await upstream.seen(1)
    const [source] = upstream.sockets
    await stalls(() => (source?.bytesWritten ?? 0) - (source?.writableLength ?? 0))
    t.ok((source?.writableLength ?? 0) > size / 2, 'most of it is still at the upstream')
    client.socket.destroy()
    await front.over(1)
    t.strictSame(front.passages, [{ kind: 'client-left' }])
  })
}
