// What every lane must do, tried on real sockets: a bare upstream on one side, a bare client on the other.
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Test as TapTest } from 'tap'
import { SallyportError } from '../../src/core/errors.ts'
import type { Lane } from '../../src/proxy/lane.ts'
import { makeAuthority } from '../support/certificates.ts'
import { type FrontOptions, startFront } from '../support/front.ts'
import { fieldOf, fieldsOf, openRaw, type RawAnswer, sendRaw } from '../support/raw.ts'
import {
  echo,
  type Script,
  says,
  saysAndEnds,
  startUpstream,
  type TestUpstream,
  type UpstreamOptions,
} from '../support/upstream.ts'

type Setting = UpstreamOptions & { readonly front?: Partial<FrontOptions> }

const get = 'GET /x HTTP/1.1\r\nHost: app.test\r\n\r\n'
const ok = (body: string, more = '') => `HTTP/1.1 200 OK\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`

export function laneContract(t: TapTest, lane: Lane): void {
  const start = async (t: TapTest, { front: options, ...scripted }: Setting = {}) => {
    const upstream = await startUpstream(t, scripted)
    const front = await startFront(t, { lane, upstream: upstream.address(), ...options })
    return { upstream, front }
  }

  t.test('requests', async t => {
    t.test('the upstream gets our request line and headers, and nothing that ends here', async t => {
      const { upstream, front } = await start(t)
      const headers =
        'X-Custom: a\r\nX-Custom: b\r\nConnection: keep-alive, X-Hop, X-Forwarded-User\r\nX-Hop: 1\r\nX-Forwarded-User: root\r\nTE: trailers\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n'
      await sendRaw(
        front.port,
        `GET /%70ath/./x?q=%zz HTTP/1.1\r\nHost: app.test\r\n${headers}\r\n`.replace('/./', '/'),
      )
      const [seen] = upstream.requests
      t.equal(seen?.line, 'GET /%70ath/x?q=%zz HTTP/1.1')
      t.strictSame(fieldsOf(seen?.headers ?? [], 'x-custom'), ['a', 'b'])
      t.strictSame(fieldsOf(seen?.headers ?? [], 'x-forwarded-user'), ['ann'])
      t.strictSame(fieldsOf(seen?.headers ?? [], 'host'), ['app.test'])
      for (const name of ['x-hop', 'te', 'upgrade', 'http2-settings', 'content-length', 'transfer-encoding'])
        t.equal(fieldOf(seen?.headers ?? [], name), undefined, name)
    })

    t.test('every method passes as it is', async t => {
      const { upstream, front } = await start(t)
      const methods = ['GET', 'HEAD', 'OPTIONS', 'DELETE', 'POST', 'PUT', 'PATCH', 'PROPFIND', 'REPORT', 'QUERY']
      for (const method of methods)
        t.equal((await sendRaw(front.port, `${method} / HTTP/1.1\r\nHost: app.test\r\n\r\n`)).status, 200, method)
      t.strictSame(
        upstream.requests.map(({ method }) => method),
        methods,
      )
    })

    t.test('a body with a length arrives with that length', async t => {
      const { upstream, front } = await start(t)
      await sendRaw(front.port, 'POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 010\r\n\r\n0123456789')
      t.match(upstream.requests[0], { body: '0123456789' })
      t.strictSame(fieldsOf(upstream.requests[0]?.headers ?? [], 'content-length'), ['10'])
    })

    t.test('a chunked body arrives whole, without its trailers', async t => {
      const { upstream, front } = await start(t)
      const body = '5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nX-Forwarded-User: root\r\n\r\n'
      await sendRaw(
        front.port,
        `POST / HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\nTrailer: X-Forwarded-User\r\n\r\n${body}`,
      )
      t.match(upstream.requests[0], { body: 'hello world', trailers: [] })
      t.equal(upstream.requests[0]?.head.includes('root'), false)
    })

    t.test('a GET has its body too, and what looks like a request in it is none (Q-27)', async t => {
      const { upstream, front } = await start(t)
      const body = 'GET /admin HTTP/1.1\r\nX: '
      const client = await openRaw(front.port)
      client.send(`GET /x HTTP/1.1\r\nHost: app.test\r\nContent-Length: ${body.length}\r\n\r\n${body}${get}`)
      t.match(await client.answer(), { status: 200 })
      t.match(await client.answer(), { status: 200 })
      t.strictSame(
        upstream.requests.map(({ target, body }) => [target, body]),
        [
          ['/x', body],
          ['/x', ''],
        ],
      )
      client.socket.destroy()
    })

    t.test('a body of no bytes is no obstacle', async t => {
      const { upstream, front } = await start(t)
      await sendRaw(front.port, 'POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 0\r\n\r\n')
      await sendRaw(front.port, 'POST / HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n')
      t.strictSame(
        upstream.requests.map(({ body }) => body),
        ['', ''],
      )
    })

    t.test('a body streams: the upstream has the first bytes before the last are sent', async t => {
      const arrived = Promise.withResolvers<string>()
      const { front } = await start(t, {
        onHead: async ({ socket, wire }) => {
          arrived.resolve(await wire.some())
          await wire.until('0\r\n\r\n')
          socket.write(ok('thanks'))
          return true
        },
      })
      const client = await openRaw(front.port)
      client.send('POST / HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n')
      t.match(await arrived.promise, /one/)
      client.send('0\r\n\r\n')
      t.match(await client.answer('POST'), { body: 'thanks' })
      client.socket.destroy()
    })

    t.test('Expect ends here: one 100 from us, none asked of the upstream', async t => {
      const { upstream, front } = await start(t)
      const answer = await sendRaw(
        front.port,
        'POST / HTTP/1.1\r\nHost: app.test\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi',
      )
      t.equal(answer.informational.length, 1)
      t.match(answer, { status: 200 })
      t.equal(fieldOf(upstream.requests[0]?.headers ?? [], 'expect'), undefined)
    })

    t.test('a body over the limit is refused, whole at the upstream it never was', async t => {
      const { upstream, front } = await start(t, { front: { exchange: { bodyBytes: 8 } } })
      const answer = await sendRaw(
        front.port,
        'POST / HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n',
      )
      t.equal(answer.status, 413)
      t.equal(upstream.requests.length, 0)
    })

    t.test('an upload is not read faster than the upstream takes it (D-17)', async t => {
      const { upstream, front } = await start(t, { onHead: neverReads })
      const client = await openRaw(front.port)
      const size = 64 * 1024 * 1024
      client.send(`POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: ${size}\r\n\r\n`)
      client.socket.write(Buffer.alloc(size))
      await stalls(() => client.socket.bytesWritten - client.socket.writableLength)
      t.ok(client.socket.writableLength > size / 2, 'most of it is still at the client')
      client.socket.destroy()
      await front.over(1)
      t.equal(upstream.requests.length, 0)
    })
  })

  t.test('answers', async t => {
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
  })

  t.test('connections', async t => {
    t.test('one connection serves one request after the other', async t => {
      const { upstream, front } = await start(t)
      for (let i = 0; i < 5; i++) await sendRaw(front.port, get)
      t.equal(upstream.sockets.length, 1)
    })

    t.test('pipelined requests are answered in order', async t => {
      const { front } = await start(t, { answer: ({ request, socket }) => void socket.write(ok(request.target)) })
      const client = await openRaw(front.port)
      client.send(Array.from({ length: 20 }, (_, i) => `GET /${i} HTTP/1.1\r\nHost: app.test\r\n\r\n`).join(''))
      for (let i = 0; i < 20; i++) t.match(await client.answer(), { body: `/${i}` })
      client.socket.destroy()
    })

    t.test('an answer that nobody asked for reaches nobody (Q-15, d-22)', async t => {
      const { upstream, front } = await start(t, {
        answer: ({ request, socket }) =>
          void socket.write(ok(request.target) + (request.target === '/evil' ? ok('POISON') : '')),
      })
      t.match(await sendRaw(front.port, get.replace('/x', '/evil')), { body: '/evil' })
      t.match(await sendRaw(front.port, get), { body: '/x' })
      t.equal(upstream.sockets.length, 2, 'the poisoned connection is not used again')
    })

    t.test('an answer on an idle connection reaches nobody either', async t => {
      const { upstream, front } = await start(t, {
        answer: ({ request, socket }) => void socket.write(ok(request.target)),
      })
      await sendRaw(front.port, get)
      const [idle] = upstream.sockets
      idle?.write(ok('POISON'))
      if (idle && !idle.closed) await once(idle, 'close')
      t.match(await sendRaw(front.port, get), { body: '/x' })
    })

    t.test('a kept-alive connection that the upstream has just closed is not the visitor’s trouble', async t => {
      const { upstream, front } = await start(t, { answer: closesAfterFirst })
      t.match(await sendRaw(front.port, get), { body: '1' })
      t.match(await sendRaw(front.port, get), { body: '2' }, 'asked again on a fresh connection')
      t.strictSame(
        upstream.requests.map(({ connection }) => connection),
        [1, 1, 2],
      )
    })

    t.test('what may not be repeated is not', async t => {
      const { upstream, front } = await start(t, { answer: closesAfterFirst })
      await sendRaw(front.port, get)
      t.match(await sendRaw(front.port, 'POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 0\r\n\r\n'), {
        status: 502,
      })
      t.equal(upstream.requests.length, 2)
    })

    t.test('an upstream that always hangs up is asked once on a fresh connection', async t => {
      const { upstream, front } = await start(t, { answer: saysAndEnds('') })
      t.match(await sendRaw(front.port, get), { status: 502 })
      t.equal(upstream.requests.length, 1)
    })

    t.test('when all places are taken, the next one hears so at once', async t => {
      const { upstream, front } = await start(t, {
        answer: () => {},
        front: { upstreams: (await import('../../src/proxy/upstreams.ts')).makeUpstreams({ connections: 2 }) },
      })
      const waiting = [await openRaw(front.port), await openRaw(front.port)]
      for (const client of waiting) client.send(get)
      await upstream.seen(2)
      t.match(await sendRaw(front.port, get), { status: 503 })
      t.match(front.passages, [{ code: 'upstream-busy', retryAfterSeconds: 1 }])
      for (const client of waiting) client.socket.destroy()
      await front.over(3)
    })

    t.test('an upstream on a unix socket', async t => {
      const socketPath = join(t.testdir({}), 'app.sock')
      const { front } = await start(t, { socketPath })
      t.ok(existsSync(socketPath))
      t.match(JSON.parse((await sendRaw(front.port, get)).body), { target: '/x' })
    })
  })

  t.test('leaving', async t => {
    t.test('a client that leaves before the answer takes the upstream request with it', async t => {
      const { upstream, front } = await start(t, { answer: () => {} })
      const client = await openRaw(front.port)
      client.send(get)
      await upstream.seen(1)
      client.socket.destroy()
      await closedAll(upstream)
      await front.over(1)
      t.strictSame(front.passages, [{ kind: 'client-left' }])
    })

    t.test('a client that leaves amid the answer too', async t => {
      const { upstream, front } = await start(t, { answer: says('HTTP/1.1 200 OK\r\n\r\nfirst') })
      const client = await openRaw(front.port)
      client.send(get)
      await client.wire.until('first')
      client.socket.destroy()
      await closedAll(upstream)
      await front.over(1)
      t.strictSame(front.passages, [{ kind: 'client-left' }])
    })

    t.test('a client that leaves amid its body leaves no half request in the pool (d-20)', async t => {
      const { upstream, front } = await start(t)
      const client = await openRaw(front.port)
      client.send('POST /half HTTP/1.1\r\nHost: app.test\r\nContent-Length: 100\r\n\r\nhalf')
      while (upstream.sockets.length === 0) await new Promise(setImmediate)
      client.socket.destroy()
      await front.over(1)
      t.match(JSON.parse((await sendRaw(front.port, get)).body), { target: '/x', body: '' })
      t.strictSame(
        upstream.requests.map(({ target }) => target),
        ['/x'],
      )
    })

    t.test(
      'an upstream that breaks off breaks the client’s connection, and never completes it (Q-17, d-24)',
      async t => {
        const halves = [
          'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf',
          'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n',
          'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\nhalf',
        ]
        for (const half of halves) {
          const { front, upstream } = await start(t, { answer: saysAndEnds(half) })
          const client = await openRaw(front.port)
          client.send(get)
          t.equal(await client.answer(), undefined, 'no whole answer')
          await client.closed
          await front.over(1)
          t.match(front.passages, [{ kind: 'broken', error: SallyportError }])
          t.equal(upstream.requests.length, 1)
        }
      },
    )

    t.test('an answer before the end of the upload is relayed, then the connection ends (d-21)', async t => {
      const { upstream, front } = await start(t, { onHead: ({ socket }) => socket.write(ok('no thanks')) })
      const client = await openRaw(front.port)
      client.send('POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 100\r\n\r\nGET /admin HTTP/1.1\r\n')
      const answer = await client.answer('POST')
      t.match(answer, { status: 200, body: 'no thanks' })
      t.equal(fieldOf(answer?.headers ?? [], 'connection'), 'close')
      await client.closed
      t.match(await sendRaw(front.port, 'POST / HTTP/1.1\r\nHost: app.test\r\n\r\n'), { body: 'no thanks' })
      t.equal(upstream.sockets.length, 2, 'nor is the upstream connection used again')
    })
  })

  t.test('trouble', async t => {
    t.test('an upstream that cannot be reached is a 502 without its address (L-10)', async t => {
      const { upstream, front } = await start(t)
      await upstream.close()
      const answer = await sendRaw(front.port, get)
      t.equal(answer.status, 502)
      t.notMatch(answer.head + answer.body, /127\.0\.0\.1|ECONN/)
      t.match(front.passages, [{ code: 'upstream-unreachable', cause: { code: 'ECONNREFUSED' } }])
    })

    t.test('a client with a long body hears of it as well (D-21)', async t => {
      const { upstream, front } = await start(t)
      await upstream.close()
      t.equal(
        (
          await sendRaw(
            front.port,
            `POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 1000000\r\n\r\n${'x'.repeat(1_000_000)}`,
          )
        ).status,
        502,
      )
    })

    t.test('answers that are none are a 502 (d-23)', async t => {
      const garbage = [
        'garbage\r\n\r\n',
        'HTTP/2 200\r\n\r\n',
        'HTTP/1.1 200OK\r\n\r\n',
        'HTTP/1.1 2000 OK\r\n\r\n',
        'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
        'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello',
        'HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n',
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
        'HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n',
        'HTTP/1.1 200 OK\r\nX Y: a\r\n\r\n',
        'HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n',
        'HTTP/1.1 200 OK\r\nX : a\r\n\r\n',
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
        `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(70_000)}\r\n\r\n`,
        'HTTP/1.1 102 Processing\r\n\r\n'.repeat(50),
        'HTTP/1.1 200 OK\r\nConte',
      ]
      for (const bytes of garbage) {
        const { front } = await start(t, { answer: saysAndEnds(bytes) })
        t.equal((await sendRaw(front.port, get)).status, 502, bytes.slice(0, 60))
        t.match(front.passages, [{ code: 'upstream-invalid' }])
      }
    })

    t.test('a bad chunk breaks the connection', async t => {
      const { front } = await start(t, {
        answer: says('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\nXY\r\n'),
      })
      const client = await openRaw(front.port)
      client.send(get)
      t.equal(await client.answer(), undefined)
    })

    t.test('bytes behind an answer without a body belong to no answer', async t => {
      const { front } = await start(t, {
        answer: ({ request, socket }) =>
          void socket.write(request.target === '/x' ? 'HTTP/1.1 204 No\r\n\r\nsurplus' : ok('fine')),
      })
      t.match(await sendRaw(front.port, get), { status: 204 })
      t.match(await sendRaw(front.port, get.replace('/x', '/y')), { body: 'fine' })
    })

    t.test('an upstream that says nothing is a 504 in time, once the body is sent', async t => {
      const front = { route: { timeouts: { connectMs: 3000, responseMs: 100, idleMs: 30_000 } } }
      const {
        front: { port, passages },
      } = await start(t, { answer: () => {}, front })
      t.equal((await sendRaw(port, get)).status, 504)
      t.equal((await sendRaw(port, 'POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 2\r\n\r\nhi')).status, 504)
      t.match(passages, [{ code: 'upstream-timeout' }, { code: 'upstream-timeout' }])
    })

    t.test('a stream that has begun is not cut by the response timeout', async t => {
      const front = { route: { timeouts: { connectMs: 3000, responseMs: 100, idleMs: 30_000 } } }
      const later: Script = ({ socket }) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n')
        setTimeout(() => socket.end('data: late\n\n'), 300)
      }
      const {
        front: { port },
      } = await start(t, { answer: later, front })
      t.match(await sendRaw(port, get), { body: 'data: late\n\n' })
    })

    t.test('silence on both sides ends a stream and an upload', async t => {
      const front = { route: { timeouts: { connectMs: 3000, responseMs: 10_000, idleMs: 100 } } }
      const {
        front: { port, passages, over },
      } = await start(t, { answer: says('HTTP/1.1 200 OK\r\n\r\nfirst'), front })
      for (const bytes of [get, 'POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 9\r\n\r\nhalf']) {
        const client = await openRaw(port)
        client.send(bytes)
        await client.closed
      }
      await over(2)
      t.strictSame(passages, [{ kind: 'idle' }, { kind: 'idle' }])
    })

    t.test('waiting for a slow answer is not silence', async t => {
      const front = { route: { timeouts: { connectMs: 3000, responseMs: 10_000, idleMs: 100 } } }
      const {
        front: { port },
      } = await start(t, { answer: ({ socket }) => void setTimeout(() => socket.write(ok('slow')), 300), front })
      t.match(await sendRaw(port, get), { body: 'slow' })
    })
  })

  t.test('https upstreams', async t => {
    const authority = makeAuthority(t.testdir({}))
    const serving = async (
      t: TapTest,
      names: string,
      tls: Parameters<TestUpstream['address']>[0],
      more: { clientCa?: string } = {},
    ) => {
      const upstream = await startUpstream(t, { answer: echo, tls: { ...authority.issue(names), ...more } })
      const front = await startFront(t, { lane, upstream: upstream.address(tls) })
      const { status } = await sendRaw(front.port, get)
      return { status, requests: upstream.requests.length, front }
    }

    t.test('a certificate of an unknown authority is refused before a byte is sent (X-15)', async t => {
      t.match(await serving(t, 'IP:127.0.0.1', {}), { status: 502, requests: 0 })
    })

    t.test(
      'a certificate for another name is refused, whatever the visitor calls us, and nothing breaks (D-27)',
      async t => {
        const { ca } = authority
        t.match(await serving(t, 'DNS:app.test', { ca }), { status: 502, requests: 0 })
        t.match(await serving(t, 'DNS:other.test', { ca, serverName: 'upstream.test' }), { status: 502, requests: 0 })
      },
    )

    t.test('a certificate of the configured authority for the configured name is fine', async t => {
      const { ca } = authority
      t.match(await serving(t, 'IP:127.0.0.1', { ca }), { status: 200, requests: 1 })
      t.match(await serving(t, 'DNS:upstream.test', { ca, serverName: 'upstream.test' }), { status: 200, requests: 1 })
    })

    t.test('a client certificate is shown where one is configured (X-09)', async t => {
      const { ca } = authority
      t.match(await serving(t, 'IP:127.0.0.1', { ca }, { clientCa: ca }), { status: 502, requests: 0 })
      t.match(await serving(t, 'IP:127.0.0.1', { ca, ...authority.issue('DNS:gateway.test') }, { clientCa: ca }), {
        status: 200,
        requests: 1,
      })
    })

    t.test('verification is skipped only where the dangerous word is said', async t => {
      t.match(await serving(t, 'DNS:other.test', { dangerouslySkipVerification: true }), { status: 200, requests: 1 })
    })

    t.test('visitors with different Host headers share a connection', async t => {
      const upstream = await startUpstream(t, { tls: authority.issue('IP:127.0.0.1') })
      const front = await startFront(t, { lane, upstream: upstream.address({ ca: authority.ca }) })
      for (let i = 0; i < 3; i++) t.equal((await sendRaw(front.port, get)).status, 200)
      t.equal(upstream.sockets.length, 1)
    })
  })
}

const neverReads: Script = ({ socket }) => {
  socket.pause()
  return new Promise(() => {})
}

/** Answers the first request on its first connection, and hangs up on the second. */
const closesAfterFirst: Script = ({ request, socket, wire: _ }) => {
  const first = !answeredOn.has(socket)
  answeredOn.add(socket)
  if (first) socket.write(ok(String(request.connection)))
  else socket.end()
}
const answeredOn = new WeakSet<object>()

/** Settles when a count that grows has stopped growing. */
async function stalls(count: () => number): Promise<void> {
  for (let before = -1, same = 0; same < 10; ) {
    await new Promise(resolve => setTimeout(resolve, 30))
    same = count() === before ? same + 1 : 0
    before = count()
  }
}

async function closedAll(upstream: TestUpstream): Promise<void> {
  for (const socket of upstream.sockets) if (!socket.closed) await once(socket, 'close')
}
