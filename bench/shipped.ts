// The gateway as it is shipped: built as the image builds it, run with the flags that the image gives to Node.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Stage } from './stage.ts'

export type Shipped = {
  /** From Node to the program; `more` flags behind the shipped ones. */
  command(more?: readonly string[]): readonly [string, ...string[]]
  /** Where the compiled files are. */
  readonly folder: string
  readonly flags: readonly string[]
}

const project = dirname(import.meta.dirname)
const copied = ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts', 'src', 'Dockerfile']

/** In a copy, because dist/ belongs to whoever types "npm run build". */
export function build(stage: Stage): Shipped {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-build-'))
  stage.teardown(() => rmSync(folder, { recursive: true }))
  for (const name of copied) cpSync(join(project, name), join(folder, name), { recursive: true })
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'))
  const { status } = spawnSync(process.execPath, ['scripts/build.ts'], { cwd: folder, stdio: 'inherit' })
  if (status !== 0) throw new Error('the gateway does not compile')
  const { flags, main } = entrypoint(readFileSync(join(folder, 'Dockerfile'), 'utf8'))
  return { folder, flags, command: (more = []) => [process.execPath, ...flags, ...more, join(folder, main)] }
}

/** What is measured cannot drift from what is shipped. The image's program is below /app. */
export function entrypoint(dockerfile: string): { flags: readonly string[]; main: string } {
  const [, words = '[]'] = /^ENTRYPOINT (\[.*\])$/m.exec(dockerfile) ?? []
  const [, ...args]: readonly string[] = JSON.parse(words)
  const main = args.at(-1)?.replace('/app/', '')
  if (main === undefined) throw new Error('the Dockerfile names no program')
  return { flags: args.slice(0, -1), main }
}
