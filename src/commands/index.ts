// The commands by name. Each is loaded only when it is asked for.
import { readFileSync } from 'node:fs'
import { describe } from '../core/errors.ts'

export type Command = (args: readonly string[], out: NodeJS.WritableStream) => Promise<number>

const commands: Readonly<Record<string, { readonly what: string; load(): Promise<Command> }>> = {
  start: { what: 'start --config FILE     run the gateway', load: async () => (await import('./start.ts')).start },
  demo: {
    what: 'demo                    an identity provider, a sample app and the gateway, all here',
    load: async () => (await import('./demo.ts')).demo,
  },
  check: {
    what: 'check --config FILE     print every problem of a configuration at once',
    load: async () => (await import('./check.ts')).check,
  },
  schema: {
    what: 'schema                  print the JSON Schema of the configuration',
    load: async () => (await import('./schema.ts')).schema,
  },
  sessions: {
    what: 'sessions list|end …     who is signed in, and how that ends; asks the admin listener',
    load: async () => (await import('./sessions.ts')).sessions,
  },
  health: {
    what: 'health [--url URL]      ask the admin listener; for container probes',
    load: async () => (await import('./health.ts')).health,
  },
}

export async function run([name, ...args]: readonly string[]): Promise<number> {
  if (name === '--version' || name === '-v') return say(version())
  if (name === undefined || name === '--help' || name === '-h') return say(usage())
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command) return (await command.load())(args, process.stdout).catch(failed)
  process.stderr.write(`sallyport: there is no command "${name}"\n\n${usage()}\n`)
  return 2
}

/** What stops a command before it runs: an address in use, a file that cannot be written. */
function failed(error: unknown): number {
  process.stderr.write(`sallyport: ${describe(error)}\n`)
  return 1
}

const usage = (): string =>
  [
    'Usage: sallyport COMMAND',
    '',
    ...Object.values(commands).map(({ what }) => `  ${what}`),
    '',
    '  --version, --help',
  ].join('\n')

const version = (): string => JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version

function say(text: string): number {
  process.stdout.write(`${text}\n`)
  return 0
}
