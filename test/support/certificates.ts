// Certificates for tests, made on the spot by openssl: an authority, and names that it vouches for.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export type Certificate = { readonly cert: string; readonly key: string }

export type Authority = {
  readonly ca: string
  /** `names` as openssl writes them: `DNS:app.test`, `IP:127.0.0.1`. */
  issue(names: string, how?: { readonly rsaBits?: number }): Certificate
}

export function makeAuthority(directory: string): Authority {
  let serial = 0
  const paths = (name: string) => ({ cert: join(directory, `${name}.crt`), key: join(directory, `${name}.key`) })
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']
  const make = (name: string, kind: readonly string[], ...more: string[]): Certificate => {
    const { cert, key } = paths(name)
    const newKey = [...kind, '-nodes', '-keyout', key]
    execFileSync('openssl', ['req', '-x509', ...newKey, '-out', cert, '-days', '30', '-subj', `/CN=${name}`, ...more], {
      stdio: 'pipe',
    })
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
  }
  const root = make('authority', ec)
  const { cert: rootCert, key: rootKey } = paths('authority')
  return {
    ca: root.cert,
    issue: (names, { rsaBits } = {}) =>
      make(
        `leaf-${++serial}`,
        rsaBits === undefined ? ec : ['-newkey', `rsa:${rsaBits}`],
        '-CA',
        rootCert,
        '-CAkey',
        rootKey,
        '-addext',
        `subjectAltName=${names}`,
        '-addext',
        'basicConstraints=critical,CA:FALSE',
      ),
  }
}
