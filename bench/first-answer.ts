// Asks a port without rest until somebody is there and the first answer begins.
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

const PATIENCE_MS = 20_000

/** Resolves at the first bytes of an answer with status 200. */
export async function firstAnswer(port: number, request: Buffer): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS
  while (performance.now() < giveUpAt) {
    const line = await ask(port, request)
    if (line?.startsWith('HTTP/1.1 200 ')) return
    if (line !== undefined) throw new Error(`the first answer is ${line}`)
    await pause(1)
  }
  throw new Error(`nobody answers at port ${port}`)
}

/** Undefined as long as nobody listens. */
function ask(port: number, request: Buffer): Promise<string | undefined> {
  return new Promise(resolve => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.on('connect', () => socket.write(request))
    socket.on('error', () => resolve(undefined))
    socket.on('data', (chunk: Buffer) => {
      socket.destroy()
      resolve(chunk.toString('latin1').split('\r\n', 1)[0])
    })
  })
}
