// `sallyport demo` as people start it: a process of its own, from the line that it prints until it is told to stop.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

export type Demo = {
  /** `http://localhost:port`, as the line names it. */
  readonly home: string
  /** All that it has written so far, on standard output and on standard error. */
  said(): string
  complained(): string
  /** Sends the signal; the exit code and the signal that the process ended with. */
  stop(signal: NodeJS.Signals): Promise<readonly unknown[]>
}

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

export const FAVOURITE_PORT = 8080

export async function startDemo(t: Test): Promise<Demo> {
  // Two demos that start at once would both find their favourite port free.
  await occupy(t, FAVOURITE_PORT)
  const child = spawn(process.execPath, [main, 'demo'], { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const heard = { out: '', error: '' }
  child.stdout.setEncoding('utf8').on('data', text => (heard.out += text))
  child.stderr.setEncoding('utf8').on('data', text => (heard.error += text))
  while (!heard.out.includes('\n')) {
    await Promise.race([once(child.stdout, 'data'), ended])
    if (child.exitCode !== null) throw new Error(`the demo ended before it said anything:\n${heard.error}`)
  }
  return {
    home: /http:\/\/localhost:\d+/.exec(heard.out)?.[0] ?? '',
    said: () => heard.out,
    complained: () => heard.error,
    stop: signal => {
      child.kill(signal)
      return ended
    },
  }
}

/** Afterwards the port is taken: by us, or by whoever was there before. */
async function occupy(t: Test, port: number): Promise<void> {
  const server = createServer(socket => socket.destroy())
  const taken = once(server, 'error')
  server.listen(port, '127.0.0.1')
  await Promise.race([once(server, 'listening'), taken])
  t.teardown(() => server.close())
}
