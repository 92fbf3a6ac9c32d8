// The real programs that tests run against, where this machine has them. test/services installs them.
import { accessSync, constants } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const PROGRAM_DIRECTORIES = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/local/sbin', '/usr/sbin', '/sbin']

/** What is not a program of its own name in one of those places. */
const elsewhere = {
  helm: join(homedir(), '.cache/sallyport-test/helm/node_modules/.bin/helm'),
  'libapache2-mod-auth-openidc': '/usr/lib/apache2/modules/mod_auth_openidc.so',
} as const

export type ServiceName =
  | keyof typeof elsewhere
  | 'redis-server'
  | 'nginx'
  | 'haproxy'
  | 'caddy'
  | 'apache2'
  | 'chromium'
  | 'radicale'
  | 'prometheus'
  | 'jupyter-notebook'
  | 'openssl'

export type Service = { readonly path: string } | { readonly missing: string }

export function service(name: ServiceName): Service {
  const path = placesOf(name).find(isThere)
  return path === undefined ? { missing: `${name} is not installed (test/services installs it)` } : { path }
}

/** For the `skip` option of a test: false where the program is there, otherwise why not. */
export function missing(name: ServiceName): string | false {
  const found = service(name)
  return 'missing' in found ? found.missing : false
}

const placesOf = (name: ServiceName): readonly string[] =>
  name === 'helm' || name === 'libapache2-mod-auth-openidc'
    ? [elsewhere[name]]
    : PROGRAM_DIRECTORIES.map(directory => join(directory, name))

function isThere(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}
