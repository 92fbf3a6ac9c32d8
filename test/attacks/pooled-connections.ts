// Q, pools: connections to the upstream are shared by strangers: what happens to one exchange never reaches the next.
import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { buildFort, until, websocketFields } from '../support/attack.ts'
import { lanes } from '../support/lanes.ts'
import { openRaw } from '../support/raw.ts'
import { oddAnswers } from './fixtures/odd-answers.ts'

for (const [lane, everyRoute] of lanes)
  t.test(`behind the lane ${lane}`, async t => {
    const fort = await buildFort(t, { everyRoute })
    const { gate, upstream, request, strike, probe, scripts, heads } = fort
    const smuggled = 'GET /admin/smuggled HTTP/1.1\r\nX: '
    const post = (...fields: readonly string[]) => request('POST /public/x HTTP/1.1', ...fields)

    t.test(
      'an answer to HEAD that has a body all the same is cut off, and its bytes reach nobody (d-14, d-23)',
      async t => {
        scripts.set(
          '/public/head',
          ({ socket }) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nfor-me'),
        )
        const { statuses, answers } = await strike(request('HEAD /public/head HTTP/1.1'))
        t.same([statuses, answers[0]?.body], [[200], ''])
        await probe(t, 'after it')
      },
    )

    t.test('nor do they when they come late: behind an answer to HEAD nobody else is asked there', async t => {
      for (const fields of ['', 'Content-Length: 49\r\n', 'Transfer-Encoding: chunked\r\n']) {
        const told = Promise.withResolvers<void>()
        scripts.set('/public/head', async ({ socket }) => {
          socket.write(`HTTP/1.1 200 OK\r\n${fields}\r\n`)
          await told.promise
          socket.end('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison')
          return false
        })
        t.same((await strike(request('HEAD /public/head HTTP/1.1'))).statuses, [200])
        const next = probe(t, 'meanwhile')
        await pause(20)
        told.resolve()
        await next
      }
    })

    t.test('a client that breaks off its upload takes its upstream connection with it (d-20)', async t => {
      for (const begun of [
        `${post('Content-Length: 50')}half`,
        `${post('Transfer-Encoding: chunked')}5\r\nhel`,
        post('Content-Length: 50'),
      ]) {
        const open = upstream.sockets.length
        const connection = await openRaw(gate.port)
        connection.send(begun)
        await until(() => upstream.sockets.length > open || upstream.open() > 0)
        await pause(20)
        connection.socket.destroy()
        await probe(t, 'after it')
      }
    })

    t.test('an answer that does not wait for the upload ends the connection behind it (d-21)', async t => {
      heads.set('/public/hasty', ({ socket }) =>
        socket.end('HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig'),
      )
      const { statuses, closed } = await strike(
        request('POST /public/hasty HTTP/1.1', 'Content-Length: 1000') + smuggled,
      )
      t.same([statuses, closed], [[413], true])
      await probe(t, 'after it')
    })

    t.test('bytes of the upstream behind its answer reach nobody (Q-15, d-22)', async t => {
      const extra = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison'
      scripts.set(
        '/public/two',
        ({ socket }) => void socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok${extra}`),
      )
      t.match((await strike(request('GET /public/two HTTP/1.1'))).answers[0]?.body, 'ok')
      await probe(t, 'at once')
      let idle: Socket | undefined
      scripts.set('/public/idle', ({ socket }) => {
        idle = socket
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      })
      t.match((await strike(request('GET /public/idle HTTP/1.1'))).answers[0]?.body, 'ok')
      idle?.write(extra)
      await until(() => idle?.closed === true)
      t.equal(idle?.closed, true, 'an idle connection that speaks is closed')
      await probe(t, 'on an idle connection')
    })

    t.test(
      'an answer that is not quite one becomes 502 or breaks off, and reaches nobody else (d-23, d-24, Q-30)',
      async t => {
        for (const [what, bytes] of Object.entries(oddAnswers)) {
          scripts.set('/public/odd', ({ socket }) => {
            socket.end(bytes, 'latin1')
            return false
          })
          const { statuses } = await strike(request('GET /public/odd HTTP/1.1', 'Connection: close'))
          t.ok(statuses.length === 0 || statuses[0] === 502, what, { statuses })
        }
        await probe(t, 'after them')
      },
    )

    t.test('a status that is none becomes 502, also in the answer to a websocket handshake (d-23)', async t => {
      for (const status of ['000', '099', '1000', '-1', 'abc'])
        for (const fields of [[], websocketFields]) {
          scripts.set('/public/odd', ({ socket }) => {
            socket.end(`HTTP/1.1 ${status} Odd\r\nContent-Length: 0\r\n\r\n`)
            return false
          })
          t.same((await strike(request('GET /public/odd HTTP/1.1', ...fields))).statuses, [502], status)
        }
      await probe(t, 'after them')
    })

    t.test('an answer without a body keeps its connection clean, whatever follows it (d-23)', async t => {
      for (const status of ['204 No Content', '304 Not Modified']) {
        scripts.set(
          '/public/bodiless',
          ({ socket }) => void socket.write(`HTTP/1.1 ${status}\r\nContent-Length: 5\r\n\r\nhello`),
        )
        const { statuses, answers } = await strike(request('GET /public/bodiless HTTP/1.1', 'Connection: close'))
        t.same([statuses, answers[0]?.body], [[Number.parseInt(status, 10)], ''])
        await probe(t, status)
      }
    })
  })
