// What package-lock.json pins: every package that is installed, where it lies, and what it needs.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

export type Locked = {
  /** `node_modules/a/node_modules/@b/c`; two versions of one package lie in different places. */
  readonly path: string
  readonly name: string
  readonly version: string
  readonly license?: string
  /** `sha512-` and base64 (Subresource Integrity). */
  readonly integrity?: string
  readonly dev?: true
  readonly optional?: true
  readonly hasInstallScript?: true
  readonly os?: readonly string[]
  readonly libc?: readonly string[]
} & Needs

export type Needs = {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

export const lockText = readFileSync(join(root, 'package-lock.json'), 'utf8')

const packages = Object.entries(JSON.parse(lockText).packages as Record<string, Omit<Locked, 'path' | 'name'>>)

export const lockedPackages: readonly Locked[] = packages
  .filter(([path]) => path !== '')
  .map(([path, entry]) => ({ ...entry, path, name: path.slice(path.lastIndexOf('node_modules/') + 13) }))

/** What runs in production: everything that is not there for our workshop alone. */
export const productionPackages: readonly Locked[] = lockedPackages.filter(({ dev }) => !dev)

/** The package that `name` means to whoever lies at `path`: its own copy, else that of the nearest folder above, as Node resolves it. */
export function resolvePackage(name: string, path: string): Locked | undefined {
  const found = lockedPackages.find(one => one.path === `${path === '' ? '' : `${path}/`}node_modules/${name}`)
  if (found || path === '') return found
  return resolvePackage(name, path.slice(0, Math.max(0, path.lastIndexOf('/node_modules/'))))
}

/** What a package needs to run, as far as it is installed: an optional peer may be missing. */
export function neededBy(
  { dependencies, optionalDependencies, peerDependencies }: Needs,
  path: string,
): readonly Locked[] {
  const names = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })
  return names.flatMap(name => resolvePackage(name, path) ?? [])
}
