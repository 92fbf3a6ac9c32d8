// Configurations for these tests: the smallest good one, changed in one place, and what is said about it.
import { stringify } from 'yaml'
import { type LoadResult, readConfig } from '../../src/config/load.ts'
import type { Config } from '../../src/core/settings.ts'

export type Mapping = Readonly<Record<string, unknown>>

export const server = { publicUrl: 'https://tools.example.com' }
export const provider = {
  name: 'corp',
  issuer: 'https://login.example.com',
  clientId: 'sallyport',
  clientSecret: 'hunter2',
}
export const route = { name: 'app', upstream: 'http://app:8080', allow: [{ authenticated: true }] }

/** Long enough and in no documentation. */
export const strongSecret = 'q8Zt3vLw0sXc5RnB7yHkPdM2fJgA9eUi'

export type Changes = {
  readonly server?: Mapping
  readonly provider?: Mapping
  readonly route?: Mapping
  readonly [section: string]: unknown
}

/** The smallest good configuration, with the changes merged into its sections. */
export const written = ({ server: s, provider: p, route: r, ...others }: Changes = {}): Mapping => ({
  server: { ...server, ...s },
  providers: [{ ...provider, ...p }],
  routes: [{ ...route, ...r }],
  ...others,
})

const NOON = Date.UTC(2026, 0, 1, 12)

export const readText = (text: string, env: Readonly<Record<string, string>> = {}, folder = '/'): Promise<LoadResult> =>
  readConfig(text, { env, folder }, NOON)

export const readWritten = (value: unknown, env?: Readonly<Record<string, string>>): Promise<LoadResult> =>
  readText(stringify(value, { aliasDuplicateObjects: false }), env)

/** `path: found; wanted` for every problem. */
export async function complaints(value: unknown, env?: Readonly<Record<string, string>>): Promise<readonly string[]> {
  return words(typeof value === 'string' ? await readText(value, env) : await readWritten(value, env))
}

export const words = (result: LoadResult): readonly string[] =>
  result.ok ? [] : result.problems.map(({ path, found, wanted }) => `${path}: ${found}; ${wanted}`)

export async function accepted(changes: Changes = {}): Promise<Config> {
  const result = await readWritten(written(changes))
  if (!result.ok) throw new Error(words(result).join('\n'))
  return result.config
}
