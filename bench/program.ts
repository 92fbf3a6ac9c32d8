// A program under measurement: on the gateway's core, in a folder of its own, from when it listens until the stage is cleared.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Cores, pinned } from './machine.ts'
import type { Stage } from './stage.ts'

export type Program = {
  readonly pid: number
  readonly folder: string
  hasEnded(): boolean
  /** What it wrote to its standard output since the last time this was asked. */
  takeOutput(): string
  /** Asked kindly; resolves when it has ended. */
  stop(): Promise<void>
}

export type Order = {
  readonly cores: Cores
  readonly name: string
  /** Where it will listen: the program counts as started when somebody can connect. */
  readonly port: number
  /** Files to find in its folder, by name. */
  readonly files?: Readonly<Record<string, string>>
  readonly folders?: readonly string[]
  command(folder: string): readonly [string, ...string[]]
  readonly env?: Readonly<Record<string, string>>
}

const PATIENCE_MS = 30_000
const FAREWELL_MS = 10_000

/** Resolves when it listens. */
export async function launch(stage: Stage, order: Order): Promise<Program> {
  const program = start(stage, order)
  await untilListening(program, order)
  return program
}

/** Returns at once. */
export function start(stage: Stage, order: Order): Program {
  const folder = makeFolder(stage, order)
  // A file, and not a pipe: whoever read that would take time on the core of the generator.
  const output = join(folder, 'output')
  const child = spawnInto(output, order, folder)
  const stop = () => end(child)
  stage.teardown(stop)
  return {
    pid: child.pid ?? 0,
    folder,
    stop,
    hasEnded: () => hasEnded(child),
    takeOutput() {
      const text = readFileSync(output, 'utf8')
      truncateSync(output)
      return text
    },
  }
}

function makeFolder(stage: Stage, { name, files = {}, folders = [] }: Order): string {
  const folder = mkdtempSync(join(tmpdir(), `sallyport-bench-${name.replaceAll(/\W+/g, '-')}-`))
  stage.teardown(() => rmSync(folder, { recursive: true, force: true }))
  for (const each of folders) mkdirSync(join(folder, each))
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text)
  return folder
}

function spawnInto(output: string, { cores, command, env = {} }: Order, folder: string): ChildProcess {
  const [program, ...args] = command(folder)
  const [file, all] = pinned(cores, program, args)
  const [stdout, stderr] = [openSync(output, 'a'), openSync(`${output}.errors`, 'a')]
  const child = spawn(file, all, {
    cwd: folder,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: folder, LANG: 'C.UTF-8', ...env },
    stdio: ['ignore', stdout, stderr],
  })
  for (const descriptor of [stdout, stderr]) closeSync(descriptor)
  return child
}

async function untilListening({ folder, hasEnded, takeOutput }: Program, { name, port }: Order): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS
  while (!(await answers(port))) {
    if (hasEnded() || performance.now() > giveUpAt)
      throw new Error(`${name} does not listen:\n${takeOutput()}${readFileSync(join(folder, 'output.errors'), 'utf8')}`)
    await pause(20)
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

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const tooSlow = setTimeout(() => child.kill('SIGKILL'), FAREWELL_MS)
  await ended
  clearTimeout(tooSlow)
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null
