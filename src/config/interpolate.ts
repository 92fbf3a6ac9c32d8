// `${env:NAME}` and `${file:/path}` inside a text that YAML has already delimited: a value can never become structure.
import { resolve } from 'node:path'
import { isRefusal, quote, type Refusal } from './problems.ts'
import { readText } from './read-text.ts'

export type Surroundings = {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Relative file names start here: where the configuration file is. */
  readonly folder: string
}

export type Interpolated = {
  readonly text: string
  /** Some of it came from outside the file and must not be shown. */
  readonly isFromOutside: boolean
}

const MOST_BYTES = 1024 * 1024
const reference = /\$\$\{|\$\{([^{}]*)\}|\$\{/g

/** `$${` stands for `${` itself. */
export async function interpolate(text: string, surroundings: Surroundings): Promise<Interpolated | Refusal> {
  const pieces: string[] = []
  let isFromOutside = false
  let end = 0
  for (const match of text.matchAll(reference)) {
    const piece = match[0] === '$${' ? '${' : await resolveReference(match[1] ?? '', surroundings)
    if (isRefusal(piece)) return piece
    isFromOutside ||= match[0] !== '$${'
    pieces.push(text.slice(end, match.index), piece)
    end = match.index + match[0].length
  }
  return { text: pieces.join('') + text.slice(end), isFromOutside }
}

async function resolveReference(words: string, surroundings: Surroundings): Promise<string | Refusal> {
  const parts = /^(env|file):(.+)$/.exec(words)
  if (parts?.[1] === 'file' && parts[2]) return readNamedFile(parts[2], surroundings)
  if (parts?.[2] && /^[A-Za-z_]\w*$/.test(parts[2])) return readVariable(parts[2], surroundings)
  return {
    refused: `holds an unknown "\${…}"`,
    wanted: `write \${env:NAME}, \${file:/path}, or $\${ for the characters themselves`,
  }
}

function readVariable(name: string, { env }: Surroundings): string | Refusal {
  const value = Object.hasOwn(env, name) ? env[name] : undefined
  if (value) return value
  const found = `the environment variable ${name} is ${value === '' ? 'empty' : 'not set'}`
  return { refused: '', found, wanted: 'set it before the start' }
}

/** The content of a file without the newline that editors put at the end; `shown` is how messages call the file. */
export async function readNamedFile(
  name: string,
  { folder }: Surroundings,
  shown = quote(name),
): Promise<string | Refusal> {
  const reading = await readText(resolve(folder, name), MOST_BYTES)
  if (!reading.ok) return unreadable(shown, reading.why)
  const text = reading.text.replace(/\r?\n$/, '')
  return text === '' ? unreadable(shown, 'is empty') : text
}

const unreadable = (shown: string, why: string): Refusal => ({
  refused: '',
  found: `the file ${shown} ${why}`,
  wanted: 'name a readable file with content',
})
