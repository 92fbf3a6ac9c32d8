// Writes docs/configuration.md from the schema, so that the reference cannot say anything else than the code does.
import { readFileSync, writeFileSync } from 'node:fs'
import { branchesOf, jsonSchema, kindOf, type Shape } from '../src/config/json-schema.ts'

type Row = {
  readonly key: string
  readonly kind: string
  /** Empty when there is none. */
  readonly fallback: string
  readonly meaning: string
}

const page = new URL('../docs/configuration.md', import.meta.url)
const smallest = new URL('../config/sallyport.minimal.yaml', import.meta.url)

export const configurationReference = (): string =>
  [introduction(), ...Object.entries(jsonSchema.properties ?? {}).map(section), interpolation, dangers()].join('\n')

const introduction = (): string => `# Configuration

<!-- Written by scripts/docs-configuration.ts from src/config/schema.ts; edit those. -->

One YAML file. The smallest useful one:

\`\`\`yaml
${withoutComments(readFileSync(smallest, 'utf8'))}\`\`\`

\`sallyport check --config FILE\` names everything that is wrong with a file at once, each with its line and what to write
instead. \`sallyport schema\` prints the JSON Schema for editors. A key that is not on this page is an error, and so is a
list or a mapping that says nothing. A key whose default is *required* must be there wherever the mapping around it is.

Durations are written \`250ms\`, \`30s\`, \`15m\`, \`12h\`, \`7d\`; sizes \`512B\`, \`16KiB\`, \`10MiB\`, \`1GiB\`, rates \`100/s\`, \`300/m\`, \`20/h\`. A *PEM file* is a file
name, relative to the configuration file, or the PEM text itself. The file is YAML 1.2: \`no\` and \`off\` are texts, \`<<\`,
tags and second documents are refused, a key is written once.
`

const withoutComments = (yaml: string): string => yaml.replace(/^#.*\n/gm, '')

function section([name, shape]: readonly [string, Shape]): string {
  const isList = shape.items !== undefined
  const rows = rowsOf(shape.items ?? shape, '')
  return `## ${name}\n\n${isList ? 'A list. ' : ''}${shape.description}\n\n${table(rows)}`
}

const table = (rows: readonly Row[]): string =>
  `| key | type | default | meaning |\n|---|---|---|---|\n${rows.map(printRow).join('')}`

const printRow = ({ key, kind, fallback, meaning }: Row): string =>
  `| \`${key}\` | ${kind} | ${fallback} | ${meaning.replaceAll('|', '\\|')} |\n`

function rowsOf(shape: Shape, parent: string): readonly Row[] {
  return Object.entries(shape.properties ?? {}).flatMap(([name, inner]) => {
    const key = `${parent}${name}`
    const isRequired = shape.required?.includes(name) ?? false
    return [...ownRow(key, inner, isRequired), ...innerRows(key, inner)]
  })
}

/** A mapping is described by its keys. */
function ownRow(key: string, shape: Shape, isRequired: boolean): readonly Row[] {
  if (shape.properties) return []
  const fallback = isRequired ? '*required*' : printDefault(shape.default)
  return [{ key, kind: kindOf(shape), fallback, meaning: shape.description ?? '' }]
}

const printDefault = (value: unknown): string => {
  if (value === undefined || value === null) return ''
  return `\`${typeof value === 'string' ? value : JSON.stringify(value).replaceAll('"', '').replaceAll(',', ', ')}\``
}

function innerRows(key: string, shape: Shape): readonly Row[] {
  // Written like "allow", and described there.
  if (key === 'deny') return []
  if (shape.items) return rowsOf(shape.items, `${key}[].`)
  return mergeRows(branchesOf(shape).flatMap(branch => rowsOf(branch, `${key}.`)))
}

/** One row for a key that stands in several branches. */
function mergeRows(rows: readonly Row[]): readonly Row[] {
  const byKey = Map.groupBy(rows, row => row.key)
  return Array.from(byKey, ([key, same]) => ({
    key,
    kind: [...new Set(same.map(row => row.kind))].join(' or '),
    fallback: same[0]?.fallback ?? '',
    meaning: same.map(row => (same.length > 1 ? `${row.kind}: ${row.meaning}` : row.meaning)).join(' '),
  }))
}

const interpolation = `## Values from outside the file

Any text may hold \`\${env:NAME}\` and \`\${file:/path}\`, alone or as a part of it. \`$\${\` stands for \`\${\` itself.

- The value takes the place of the reference after the YAML was read: it is text, whatever it looks like, and can never
  become a key, a list or another line of configuration. Inside \`[ ]\` and \`{ }\` YAML wants quotes: \`["\${env:NAME}"]\`.
- A variable that is not set or empty, and a file that is missing, empty, a directory, unreadable, not UTF-8 or larger than
  1 MiB is an error that names the key.
- Relative file names start at the configuration file. One newline at the end of a file is left out. Files are read again
  whenever the configuration is.
- Messages never quote a value that came from outside, nor any secret.
`

function dangers(): string {
  const rows = Object.entries(jsonSchema.properties ?? {})
    .flatMap(([name, shape]) => rowsOf(shape.items ?? shape, `${name}${shape.items ? '[]' : ''}.`))
    .filter(({ key }) => key.includes('dangerously'))
  const lines = rows.map(({ key, meaning }) => `- \`${key}\`: ${meaning}\n`)
  return `## Switches that are called dangerous\n\nEach is off by default, takes one protection away, and is a warning at every start.\n\n${lines.join('')}`
}

if (import.meta.main) writeFileSync(page, configurationReference())
