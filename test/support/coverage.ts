// What stands for each entry of the lists in test/coverage: the tests that name it, or the line of a document that says why there is none.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

type Field = {
  /** Where the reasons stand, as tables of `| id | reason |`. */
  readonly document: string
  readonly idsIn: (text: string) => readonly string[]
}

type Listed = { readonly id: string; readonly about: string }
type Found = { readonly id: string; readonly place: string }

/** Places read `file: title` or `file: reason`. */
export type Entry = Listed & { readonly tests: readonly string[]; readonly reasons: readonly string[] }

export const fields = {
  rows: { document: 'docs/security.md', idsIn: rowsIn },
  modules: { document: 'docs/conformance.md', idsIn: modulesIn },
  lessons: { document: 'docs/lessons.md', idsIn: lessonsIn },
} as const satisfies Record<string, Field>

export type FieldName = keyof typeof fields

const root = join(import.meta.dirname, '../..')
const read = (file: string): string => readFileSync(join(root, file), 'utf8')

/** Every entry of a list, in its order, with what stands for it. */
export function coverageOf(name: FieldName): readonly Entry[] {
  const { document, idsIn } = fields[name]
  const tests = testFiles().flatMap(file => testsIn(file, read(file), idsIn))
  const reasons = existsSync(join(root, document)) ? reasonsIn(document, read(document), idsIn) : []
  const placesOf = (found: readonly Found[], id: string) => found.filter(one => one.id === id).map(one => one.place)
  return listIn(read(`test/coverage/${name}.txt`)).map(listed => ({
    ...listed,
    tests: placesOf(tests, listed.id),
    reasons: placesOf(reasons, listed.id),
  }))
}

export const isMissing = ({ tests, reasons }: Entry): boolean => tests.length + reasons.length === 0

/** A reason why there can be no test, beside a test. */
export const isOutOfDate = ({ tests, reasons }: Entry): boolean => tests.length > 0 && reasons.length > 0

const testFiles = (): readonly string[] =>
  globSync('test/**/*.ts', { cwd: root })
    .filter(file => !/^test\/(?:support|coverage)\//.test(file))
    .sort()

/** One entry a line: its id, a space, what it is about. */
export function listIn(text: string): readonly Listed[] {
  const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('#'))
  return lines.map(line => {
    const [id = '', ...about] = line.split(' ')
    return { id, about: about.join(' ') }
  })
}

/** A test names an entry in the text of a title or of an assertion; a comment is no promise. */
export function testsIn(file: string, source: string, idsIn: Field['idsIn']): readonly Found[] {
  const code = source.split('\n').filter(line => !/^\s*(?:\/\/|\/?\*)/.test(line))
  const texts = code.flatMap(line =>
    Array.from(line.matchAll(/(['"`])((?:\\.|(?!\1).)*)\1/g), ([, , text = '']) => text),
  )
  return texts.flatMap(text => idsIn(text).map(id => ({ id, place: `${file}: ${text}` })))
}

/** Rows of tables that begin with an id; more than one may share a reason. */
export function reasonsIn(file: string, markdown: string, idsIn: Field['idsIn']): readonly Found[] {
  const rows = Array.from(markdown.matchAll(/^\| (.+?) \| (.+) \|$/gm), ([, ids = '', reason = '']) => ({
    ids,
    reason,
  }))
  return rows.flatMap(({ ids, reason }) => idsIn(ids).map(id => ({ id, place: `${file}: ${reason}` })))
}

/** `P-01`, `d-01`, and `H-13 to H-18` for all between. */
export function rowsIn(text: string): readonly string[] {
  return Array.from(text.matchAll(/\b([A-Zd])-(\d\d)(?: to \1-(\d\d))?\b/g)).flatMap(
    ([, letter, first, last = first]) =>
      numbersBetween(Number(first), Number(last)).map(number => `${letter}-${String(number).padStart(2, '0')}`),
  )
}

/** `lesson 43`, `lessons 43, 44`. */
export function lessonsIn(text: string): readonly string[] {
  return Array.from(text.matchAll(/\blessons? (\d+(?:, \d+)*)\b/g)).flatMap(([, numbers = '']) => numbers.split(', '))
}

export function modulesIn(text: string): readonly string[] {
  return Array.from(text.matchAll(/\b(?:oidcc|fapi2)-[a-z0-9_-]+/g), ([name]) => name)
}

const numbersBetween = (first: number, last: number): readonly number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index)
