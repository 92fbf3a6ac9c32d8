import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { listen } from '../../src/http/listen.ts'

const newServer = (t: Test) => {
  const server = createServer()
  t.teardown(() => server.close())
  return server
}

/** Short, because the path of a socket may have 107 bytes. */
const socketIn = (t: Test): string => {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  return join(directory, 'front.sock')
}

t.test('a port of 0 becomes a real one, a port that is taken is an error', async t => {
  const at = await listen(newServer(t), { host: '127.0.0.1', port: 0 })
  t.match(at, { host: '127.0.0.1', port: Number })
  t.ok('port' in at && at.port > 0)
  await t.rejects(listen(newServer(t), at), { code: 'EADDRINUSE' })
})

t.test('a socket is opened at its path', async t => {
  const socketPath = socketIn(t)
  t.same(await listen(newServer(t), { socketPath }), { socketPath })
  t.ok(statSync(socketPath).isSocket())
})

t.test('a socket that somebody listens behind is left to them', async t => {
  const socketPath = socketIn(t)
  await listen(newServer(t), { socketPath })
  await t.rejects(listen(newServer(t), { socketPath }), { code: 'EADDRINUSE' })
  t.ok(existsSync(socketPath))
})

t.test('one that was left by a process that was killed is taken over', async t => {
  const socketPath = socketIn(t)
  const program = `require('net').createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, 'SIGKILL'))`
  spawnSync(process.execPath, ['-e', program])
  t.ok(existsSync(socketPath), 'it is still there')
  t.same(await listen(newServer(t), { socketPath }), { socketPath })
})

t.test('a file that is no socket stays where it is', async t => {
  const socketPath = socketIn(t)
  writeFileSync(socketPath, 'precious')
  await t.rejects(listen(newServer(t), { socketPath }), { code: 'EADDRINUSE' })
  t.ok(statSync(socketPath).isFile())
})
