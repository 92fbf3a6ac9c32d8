// Hunt: configuration files, spoilt as text and as values. Loading one answers a configuration or problems: it never throws, hangs or tells a secret.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { parse, stringify } from 'yaml'
import { printProblems, readConfig } from '../../src/config/load.ts'
import { anyText } from '../support/any-text.ts'
import { type Hunt, hunt, type Outcome } from './hunt.ts'
import { type JsonChange, jsonChange, withChanges } from './json-changes.ts'

/** Both lengths are known only when the file is there. */
type Edit = { readonly at: number; readonly cut: number; readonly text: string }

type Case =
  | { readonly kind: 'text'; readonly file: string; readonly edits: readonly Edit[] }
  | { readonly kind: 'values'; readonly file: string; readonly changes: readonly JsonChange[] }

const folder = join(import.meta.dirname, '../../config')
const files = ['sallyport.example.yaml', 'sallyport.minimal.yaml', 'demo.yaml']
const secret = 'the-secret-of-this-hunt-0123456789abcdef'
/** What the three files ask for. */
const env = {
  ...{ SECRET: secret, OIDC_CLIENT_SECRET: secret, SESSION_SECRET: `${secret}!`, SALLYPORT_DEMO_CLIENT_SECRET: secret },
  SALLYPORT_DEMO_PORT: '8000',
  SALLYPORT_DEMO_ISSUER: 'http://localhost:8001',
  SALLYPORT_DEMO_UPSTREAM: 'http://127.0.0.1:8002',
}
const texts = new Map(files.map(file => [file, readFileSync(join(folder, file), 'utf8')]))

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: they are references of the configuration
const text = fc.oneof(
  fc.constantFrom(
    ...[
      ':',
      ': ',
      '- ',
      '\n',
      '\n  ',
      '\t',
      '#',
      '"',
      "'",
      '|',
      '>',
      '>-\n',
      '&a ',
      '*a',
      '!!map',
      '!!binary |',
      '? ',
      '{',
    ],
    ...[
      '}',
      '[',
      ']',
      ',',
      '---\n',
      '...\n',
      '%YAML 1.1\n',
      '<<: *a',
      '${env:SECRET}',
      '${file:/dev/zero}',
      '${file:/}',
    ],
    ...[
      '${',
      '${env:',
      '}',
      '\0',
      '\ufeff',
      '\u2028',
      '\ud800',
      '9'.repeat(400),
      '0x10',
      '1e999',
      '.inf',
      '.nan',
      '~',
      'null',
    ],
    ...[
      'true',
      '2026-11-23',
      '1h',
      '-1s',
      '99999999999d',
      'http://a',
      'https://a/b?c#d',
      '10.0.0.0/33',
      '::1/129',
      '*.',
      '__proto__',
    ],
    ...['a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n', '{a: '.repeat(200), '['.repeat(3000)],
  ),
  anyText({ maxLength: 6 }),
)
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: they are references of the configuration

const share = fc.double({ min: 0, max: 0.999, noNaN: true })
const edit = fc.record({ at: share, cut: fc.oneof(fc.nat(3), fc.nat(200)), text })

const trial: fc.Arbitrary<Case> = fc.oneof(
  fc.record({
    kind: fc.constant('text' as const),
    file: fc.constantFrom(...files),
    edits: fc.array(edit, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant('values' as const),
    file: fc.constantFrom(...files),
    changes: fc.array(jsonChange, { minLength: 1, maxLength: 3 }),
  }),
)

/** Of processor time, so that a busy machine is no finding. */
const MOST_MS = 5000

export const configurations: Hunt = hunt('configurations', trial, () => async one => {
  const before = process.cpuUsage()
  const outcome = await load(one)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000 > MOST_MS ? { broke: 'it took more than five seconds' } : outcome
})

async function load(one: Case): Promise<Outcome> {
  const surroundings = { env, folder }
  const loaded = await readConfig(written(one), surroundings, Date.UTC(2026, 10, 23))
  if (loaded.ok)
    return Object.isFrozen(loaded.config) ? { saw: 'loaded' } : { broke: 'the configuration can be changed' }
  if (loaded.problems.length === 0) return { broke: 'it was refused without a problem' }
  const report = printProblems(one.file, loaded.problems)
  const places = loaded.problems.every(({ line, column }) => line >= 1 && column >= 1)
  if (!places || /[\0-\x08\x0b-\x1f\x7f]/.test(report)) return { broke: `a problem that cannot be printed: ${report}` }
  return report.includes(secret) ? { broke: 'a secret was told' } : { saw: 'refused' }
}

function written(one: Case): string {
  const text = texts.get(one.file) ?? ''
  if (one.kind === 'text') return one.edits.reduce(edited, text)
  return stringify(withChanges(parse(text), one.changes))
}

function edited(text: string, { at, cut, text: put }: Edit): string {
  const start = Math.floor(at * text.length)
  return text.slice(0, start) + put + text.slice(start + cut)
}
