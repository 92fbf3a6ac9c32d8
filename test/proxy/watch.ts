import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { watch } from '../../src/proxy/watch.ts'
import { openRaw } from '../support/raw.ts'

/** A client, and the socket that it is at on our side; nobody reads it. */
async function pair(t: Test) {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const connected = once(server, 'connection')
  const client = await openRaw(typeof address === 'object' && address ? address.port : 0)
  const [socket] = (await connected) as [Socket]
  t.teardown(() => {
    client.socket.destroy()
    socket.destroy()
    server.close()
  })
  return { client, socket }
}

for (const [how, leave] of [
  ['ends its side', (socket: Socket) => socket.end()],
  ['is gone', (socket: Socket) => socket.destroy()],
  ['is reset', (socket: Socket) => socket.resetAndDestroy()],
] as const)
  t.test(`a client that ${how} has left`, async t => {
    const { client, socket } = await pair(t)
    const watched = watch(socket)
    t.equal(watched.hasLeft, false)
    leave(client.socket)
    await new Promise<void>(resolve => watched.onceLeft(resolve))
    t.equal(watched.hasLeft, true)
    let told = false
    watched.onceLeft(() => {
      told = true
    })
    t.ok(told, 'and whoever asks later is told at once')
  })

t.test('its bytes stay for whoever reads behind the watch', async t => {
  const { client, socket } = await pair(t)
  const watched = watch(socket)
  client.send('early')
  await once(socket, 'readable')
  watched.stop()
  client.send(' and late')
  let read = ''
  socket.on('data', chunk => {
    read += chunk
  })
  while (read !== 'early and late') await once(socket, 'data')
  t.equal(watched.hasLeft, false)
})
