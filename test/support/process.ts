// A real program for tests: on a port of this machine, in a directory of its own, from when it listens until the test ends.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Test } from 'tap'
import { freePort } from './gate.ts'
import { type ServiceName, service } from './services.ts'

export type Place = {
  readonly port: number
  /** `http://127.0.0.1:port` */
  readonly origin: string
  readonly folder: string
}

export type ProgramOrders = {
  /** A free one when left out; given where a gateway must know it before the program can know the gateway. */
  readonly port?: number
  /** Files to find in its folder, by name. */
  readonly files?: Readonly<Record<string, string>>
  arguments(place: Place): readonly string[]
}

const PATIENCE_MS = 30_000
const FAREWELL_MS = 5_000

export async function startProgram(t: Test, name: ServiceName, orders: ProgramOrders): Promise<Place> {
  const found = service(name)
  if ('missing' in found) throw new Error(found.missing)
  // Not t.testdir(): that is one per test, made anew at every call, and a gateway keeps its configuration there.
  const folder = mkdtempSync(join(tmpdir(), `sallyport-${name}-`))
  for (const [file, text] of Object.entries(orders.files ?? {})) writeFileSync(join(folder, file), text)
  const port = orders.port ?? (await freePort())
  const place = { port, folder, origin: `http://127.0.0.1:${port}` }
  const child = spawn(found.path, orders.arguments(place), {
    cwd: folder,
    env: { PATH: '/usr/bin:/bin', HOME: folder, LANG: 'C.UTF-8' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.teardown(async () => {
    await stopProgram(child)
    rmSync(folder, { recursive: true, force: true })
  })
  await untilListening(child, place)
  return place
}

async function untilListening(child: ChildProcess, { port }: Place): Promise<void> {
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', text => said.push(text))
  const end = performance.now() + PATIENCE_MS
  while (!(await answers(port))) {
    if (hasEnded(child) || performance.now() > end)
      throw new Error(`${child.spawnfile} does not listen:\n${said.join('')}`)
    await pause(50)
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ port, host: '127.0.0.1' })
    const tell = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => tell(true)).once('error', () => tell(false))
  })
}

/** Asked kindly first: a notebook ends its kernels then. */
async function stopProgram(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const tooSlow = setTimeout(() => child.kill('SIGKILL'), FAREWELL_MS)
  await ended
  clearTimeout(tooSlow)
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null
