// `sallyport check --config FILE`: everything that is wrong with a configuration, or that nothing is.
import { parseArgs } from 'node:util'
import { loadConfig, printProblems } from '../config/load.ts'
import { callbackPath, signedOutPath } from '../core/own-paths.ts'
import { originOf } from '../core/public-url.ts'
import type { Config } from '../core/settings.ts'

const usage = 'usage: sallyport check --config FILE\n'

/** Resolves to the exit code: 0 fine, 1 problems, 2 wrong usage. */
export async function check(args: readonly string[], out: NodeJS.WritableStream): Promise<number> {
  const file = readFileName(args)
  if (file === undefined) {
    out.write(usage)
    return 2
  }
  const result = await loadConfig(file)
  out.write(result.ok ? summary(file, result.config, result.warnings) : printProblems(file, result.problems))
  return result.ok ? 0 : 1
}

/** Undefined when the command line is not one that we know. */
function readFileName(args: readonly string[]): string | undefined {
  const { values, tokens } = parseArgs({
    args: [...args],
    options: { config: { type: 'string' } },
    strict: false,
    tokens: true,
  })
  const isKnown = tokens.every(token => token.kind === 'option' && token.name === 'config')
  return isKnown && typeof values.config === 'string' ? values.config : undefined
}

function summary(file: string, config: Config, warnings: readonly string[]): string {
  const hosts = new Set(config.routes.flatMap(route => route.hosts))
  const open = config.routes.filter(route => route.public).map(route => route.name)
  return [
    `${file} is fine`,
    ...warnings.map(warning => `warning: ${warning}`),
    `${count(config.routes.length, 'route')} on ${count(hosts.size, 'host')}: ${[...hosts].join(', ')}`,
    `open to everybody: ${open.join(', ') || 'none'}`,
    ...registrations(config, hosts),
    '',
  ].join('\n')
}

/** What each provider has to be told before it lets anybody back in; a wildcard stands for every host that is used. */
function registrations({ server, providers }: Config, hosts: ReadonlySet<string>): readonly string[] {
  const names = providers.map(({ name }) => name)
  const at = (path: string) => [...hosts].map(host => originOf({ ...server.publicUrl, host }) + path).join(', ')
  return names.flatMap(name => [
    `to register at ${name} as redirect URI: ${at(callbackPath(server.prefix, name, names))}`,
    `to register at ${name} as post-logout redirect URI: ${at(signedOutPath(server.prefix))}`,
  ])
}

const count = (amount: number, word: string): string => `${amount} ${word}${amount === 1 ? '' : 's'}`
