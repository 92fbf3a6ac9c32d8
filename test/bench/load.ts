// The load generator, against a server that does as the test says.
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { askInAll, startLoad, startPacedLoad } from '../../bench/load.ts'

const right = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'

/** `answer` is called for the first request, the second, and so on, whatever connection it came on. */
async function startServer(t: Test, answer: (socket: Socket, number: number) => unknown) {
  const sockets: Socket[] = []
  let requests = 0
  const server = createServer(socket => {
    sockets.push(socket)
    socket.on('error', () => {}).on('data', () => answer(socket, ++requests))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { port, request: Buffer.from('GET'), body: Buffer.from('hello'), connections: 3 }
}

t.test('so many are asked for and no more, and each is counted', async t => {
  let asked = 0
  const aim = await startServer(t, socket => {
    asked++
    socket.write(right)
  })
  const { answers, wrong, askedAgain, latenciesMs } = await askInAll(aim, 40)
  t.strictSame({ asked, answers, wrong, askedAgain }, { asked: 40, answers: 40, wrong: {}, askedAgain: 0 })
  t.ok(latenciesMs.every((ms, index) => ms > 0 && ms >= (latenciesMs[index - 1] ?? 0)))
})

t.test('a connection that ends before an answer is no wrong answer, one that ends within it is', async t => {
  const aim = await startServer(t, (socket, number) => {
    if (number === 3) socket.destroy()
    else if (number === 5) socket.end(right.slice(0, -2))
    else if (number === 7) socket.write(right.replace('200 OK', '502 Bad Gateway'))
    else socket.write(right)
  })
  const { answers, wrong, askedAgain } = await askInAll(aim, 20)
  const expected = { 'the connection ended within the answer': 1, 'HTTP/1.1 502 Bad Gateway': 1 }
  t.strictSame({ answers, wrong, askedAgain }, { answers: 18, wrong: expected, askedAgain: 1 })
})

t.test('visitors ask again as soon as they are answered, and an answer from before does not count', async t => {
  const load = startLoad(await startServer(t, socket => socket.write(right)))
  t.teardown(() => load.stop())
  while (load.take().answers < 100) await pause(5)
  load.begin()
  t.ok(load.take().answers < 100)
  while (load.take().answers < 100) await pause(5)
})

t.test('a pace is kept, however fast the answers come, and who has to wait waits on the clock', async t => {
  let held: Socket[] = []
  const aim = await startServer(t, socket => held.push(socket))
  const load = startPacedLoad({ ...aim, connections: 1 }, 1000)
  t.teardown(() => load.stop())
  while (held.length < 1) await pause(5)
  await pause(50)
  t.equal(held.length, 1, 'one connection, one request under way')
  const [socket] = held
  held = []
  socket?.write(right)
  while (held.length < 1) await pause(1)
  held[0]?.write(right)
  while (load.take().answers < 2) await pause(1)
  t.ok(load.take().latenciesMs.every(ms => ms > 30))
})
