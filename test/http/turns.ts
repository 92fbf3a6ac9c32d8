// Turns are kept on real connections: what is owed, what comes behind it, and what becomes of it when the client has left.
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import t from 'tap'
import { keepTurns } from '../../src/http/turns.ts'
import { openRaw } from '../support/raw.ts'

type Test = { teardown(end: () => unknown): void }

/** Two requests on one connection, both unanswered. */
async function twoOwed(t: Test) {
  const turns = keepTurns()
  const answers: ServerResponse[] = []
  const arrived = Promise.withResolvers<void>()
  const server = createServer((_req, res) => {
    turns.owe(res)
    if (answers.push(res) === 2) arrived.resolve()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = await openRaw((server.address() as AddressInfo).port)
  t.teardown(() => {
    client.socket.destroy()
    server.closeAllConnections()
    server.close()
  })
  client.send('GET /1 HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(2))
  await arrived.promise
  const [first, second] = answers as [ServerResponse, ServerResponse]
  return { turns, client, first, second, socket: first.req.socket as Socket }
}

t.test('what is said behind the answers comes when the last of them has gone out', async t => {
  const { turns, first, second, socket, client } = await twoOwed(t)
  turns.behind(socket, owed => socket.end(`behind, ${owed.length} owed`))
  t.ok(turns.owes(socket))
  second.end('second')
  first.end('first')
  t.equal((await client.answer())?.body, 'first')
  t.equal((await client.answer())?.body, 'second')
  t.equal(await client.wire.rest(), 'behind, 0 owed')
  t.notOk(turns.owes(socket))
})

t.test('where nothing is owed it is said at once', async t => {
  const { turns, first, second, socket } = await twoOwed(t)
  first.end()
  second.end()
  await once(second, 'close')
  let said = false
  turns.behind(socket, () => {
    said = true
  })
  t.ok(said)
})

t.test('when the client has left, every answer that is owed closes', async t => {
  const { turns, first, second, socket, client } = await twoOwed(t)
  const closed = Promise.all([once(first, 'close'), once(second, 'close')])
  client.socket.destroy()
  await closed
  t.notOk(turns.owes(socket))
})

t.test('an answer whose client left before its turn is destroyed, so that nobody begins it', async t => {
  const { client, second } = await twoOwed(t)
  const closed = once(second, 'close')
  client.socket.destroy()
  await closed
  t.ok(second.destroyed)
})
