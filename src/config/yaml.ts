// YAML 1.2 with the traps taken out: text in, a syntax tree with lines and columns out.
import { type Document, LineCounter, parseDocument, type YAMLError } from 'yaml'

export type Place = { readonly line: number; readonly column: number }

export type YamlProblem = Place & { readonly found: string; readonly wanted: string }

export type YamlReading = {
  readonly document: Document
  readonly problems: readonly YamlProblem[]
  /** False when the tree is a guess, so that nothing more can be said about it. */
  readonly isWhole: boolean
  placeOf(offset: number): Place
}

export function readYaml(text: string): YamlReading {
  const lineCounter = new LineCounter()
  const options = { version: '1.2', schema: 'core', merge: false, uniqueKeys: true, prettyErrors: false } as const
  // At the level 'silent' the library does not even report a second document.
  const document = parseDocument(text, { ...options, logLevel: 'error', lineCounter })
  const placeOf = (offset: number): Place => {
    const { line, col } = lineCounter.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const errors = document.errors.filter(error => error.code !== 'TAG_RESOLVE_FAILED')
  // A bracket that is never closed is an error once per level, all at the same place.
  const first = new Map(errors.toReversed().map(error => [error.pos[0], error]))
  const problems = Array.from(first.values(), error => ({ ...placeOf(error.pos[0]), ...wordsFor(error, text) }))
  const isWhole = errors.every(error => error.code === 'DUPLICATE_KEY')
  return { document, problems: [...problems, ...directiveProblems(document)], isWhole, placeOf }
}

const words: Readonly<Partial<Record<YAMLError['code'], readonly [found: string, wanted: string]>>> = {
  TAB_AS_INDENT: ['a tab is used as indentation', 'indent with spaces'],
  DUPLICATE_KEY: ['the key is already there', 'write every key once'],
  MULTIPLE_DOCS: ['a second document begins here', 'write one document per file'],
  BAD_INDENT: ['the indentation does not fit the lines before', 'indent the keys of one mapping alike'],
  BAD_ALIAS: ['an alias that YAML does not allow', 'quote a text that starts with "*"'],
  BAD_DQ_ESCAPE: ['an unknown escape in double quotes', 'write a backslash twice, or use single quotes'],
  MISSING_CHAR: ['something is missing here', 'close the quote or bracket, and put a space after a colon'],
  RESOURCE_EXHAUSTION: ['collections are nested too deeply', 'write a flat file'],
}

/** The library's own messages quote the file, which may hold secrets; these do not. */
function wordsFor(error: YAMLError, text: string): Omit<YamlProblem, keyof Place> {
  const [found, wanted] = words[error.code] ?? [
    `this is not YAML (${error.code})`,
    'quote texts with special characters',
  ]
  const isBareReference = error.code !== 'DUPLICATE_KEY' && bareReference.test(lineAround(text, error.pos[0]))
  return { found, wanted: isBareReference ? `inside [ ] and { }, quote it: "\${env:NAME}"` : wanted }
}

const bareReference = /[[{,][^"'[{,]*\$\{/

function lineAround(text: string, offset: number): string {
  const before = text
    .slice(Math.max(0, offset - 80), offset)
    .split('\n')
    .at(-1)
  return `${before}${text.slice(offset, offset + 80).split('\n', 1)[0]}`
}

function directiveProblems(document: Document): YamlProblem[] {
  const { explicit, version } = document.directives?.yaml ?? {}
  if (!explicit || version === '1.2') return []
  return [
    { line: 1, column: 1, found: 'another YAML version is asked for', wanted: 'leave the %YAML line out; 1.2 is read' },
  ]
}
