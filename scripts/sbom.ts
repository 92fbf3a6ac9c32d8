// `npm run sbom`: writes what Sallyport consists of in production, as CycloneDX 1.6. The same lockfile gives the same document, byte for byte.
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Locked, lockText, neededBy, productionPackages } from './lockfile.ts'

const { name, version, license, dependencies } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'),
)
const self = { name, version, license }
const [file = 'sbom.cdx.json'] = process.argv.slice(2)
const text = `${JSON.stringify(document(), undefined, 2)}\n`
if (file === '-') process.stdout.write(text)
else {
  writeFileSync(file, text)
  console.error(`${file}: ${productionPackages.length} packages`)
}

function document(): object {
  const libraries = Map.groupBy(productionPackages, purl)
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(lockText)}`,
    version: 1,
    metadata: { lifecycles: [{ phase: 'build' }], component: { type: 'application', ...described(self) } },
    components: Array.from(libraries.values(), ([one]) => one && library(one)),
    dependencies: [
      { ref: purl(self), dependsOn: purls(neededBy({ dependencies }, '')) },
      ...Array.from(libraries, ([ref, copies]) => ({
        ref,
        dependsOn: purls(copies.flatMap(copy => neededBy(copy, copy.path))),
      })),
    ],
  }
}

type Described = Pick<Locked, 'name' | 'version' | 'license'>

function library({ optional, integrity, ...about }: Locked): object {
  const scope = optional ? 'optional' : 'required'
  const hashes = integrity && [{ alg: 'SHA-512', content: hexOf(integrity) }]
  return { type: 'library', ...described(about), scope, ...(hashes && { hashes }) }
}

function described(about: Described): object {
  const [, group, name] = /^(?:(@[^/]+)\/)?(.+)$/.exec(about.name) ?? []
  const { license = '' } = about
  return {
    'bom-ref': purl(about),
    ...(group && { group }),
    name,
    version: about.version,
    purl: purl(about),
    // An SPDX id is one word; `MIT OR Apache-2.0` is an expression.
    ...(license && { licenses: [/^[\w.-]+$/.test(license) ? { license: { id: license } } : { expression: license }] }),
  }
}

/** A package URL; the scope is a namespace, so its `@` is escaped. */
function purl({ name, version }: Pick<Described, 'name' | 'version'>): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`
}

function purls(packages: readonly Locked[]): readonly string[] {
  return [...new Set(packages.map(purl))].sort()
}

function hexOf(integrity: string): string {
  return Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex')
}

/** RFC 9562 5.8: version 8 leaves the other bits to us. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-8$4-$5')
}
