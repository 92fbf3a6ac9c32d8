// What is wrong with a configuration, in words: where it is, what was found, what is wanted instead.

export type Path = readonly (string | number)[]

export type Problem = {
  /** As a person would write it: `routes[2].upstream`. Empty when the whole file is meant. */
  readonly path: string
  /** Both count from 1. */
  readonly line: number
  readonly column: number
  readonly found: string
  readonly wanted: string
  /** The known word that was probably meant. */
  readonly hint?: string
}

/** The words of a refusal. They never quote the value themselves, so that a secret can be left out. */
export type Refusal = {
  /** Continues a sentence whose subject is the value: `has no scheme`. */
  readonly refused: string
  readonly wanted: string
  /** A better `wanted` that repeats parts of the value; dropped when the value must not be shown. */
  readonly suggestion?: string
  /** Stands in for the quoted value and `refused`. */
  readonly found?: string
}

/** A refusal with its place in the file. */
export type Complaint = Refusal & {
  readonly path: Path
  /** Point at the key rather than at its value. */
  readonly at?: 'key'
  readonly hint?: string
}

export const isRefusal = (value: unknown): value is Refusal =>
  typeof value === 'object' && value !== null && 'refused' in value

/** One line per problem: `config.yaml:14:15 routes[2].upstream: "app:8080" has no scheme; write "http://app:8080"`. */
export const printProblems = (file: string, problems: readonly Problem[]): string =>
  problems.map(problem => `${file}:${problem.line}:${problem.column} ${sentence(problem)}\n`).join('')

function sentence({ path, found, wanted, hint }: Problem): string {
  const meant = hint === undefined ? '' : `; did you mean ${quote(hint)}?`
  return `${path === '' ? '' : `${path}: `}${found}; ${wanted}${meant}`
}

export function printPath(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`
    if (!/^[\w-]+$/.test(step)) return `${text}[${quote(step)}]`
    return text === '' ? step : `${text}.${step}`
  }, '')
}

const LONGEST_QUOTE = 80

/** A value as part of a sentence. Invisible characters are escaped: a terminal must not obey the file. */
export function quote(value: unknown): string {
  if (value === null) return 'an empty value'
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (typeof value === 'object') return Object.keys(value).length === 0 ? 'an empty mapping' : 'a mapping'
  if (typeof value !== 'string') return String(value)
  const short = value.length > LONGEST_QUOTE ? `${value.slice(0, LONGEST_QUOTE)}…` : value
  return JSON.stringify(short).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escapeInvisible)
}

const escapeInvisible = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
