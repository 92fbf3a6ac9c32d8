// The source as its import lines tell it: which file takes what from where.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

export type Import = {
  /** The importing file, from the root of the project. */
  readonly file: string
  /** As written for a package or a Node module; from the root of the project for a file of ours. */
  readonly target: string
  /** The imported names, types among them; empty for a whole module. */
  readonly names: readonly string[]
}

export const sourceFiles = (): string[] => globSync('src/**/*.ts').sort()

export const importsOf = (file: string): Import[] => readImports(file, readFileSync(file, 'utf8'))

const withClause = /^(?:import|export)\b([\w$\s{},*]*?)\bfrom\s*(['"])([^'"\n]+)\2/gm
const bare = /^import\s*(['"])([^'"\n]+)\1/gm
const dynamic = /\bimport\(\s*(['"])([^'"\n]+)\1/g

/** Static imports, re-exports, imports for types or effects only, and dynamic ones with a literal name. */
export function readImports(file: string, text: string): Import[] {
  const code = text.replace(/^\s*(?:\/\/|\/?\*).*$/gm, '')
  const named = [...code.matchAll(withClause)].map(([, clause = '', , written = '']) => ({ clause, written }))
  const whole = [...code.matchAll(bare), ...code.matchAll(dynamic)].map(([, , written = '']) => ({
    clause: '',
    written,
  }))
  return [...named, ...whole].map(({ clause, written }) => ({
    file,
    target: written.startsWith('.') ? normalize(join(dirname(file), written)) : written,
    names: namesIn(clause),
  }))
}

function namesIn(clause: string): string[] {
  const listed = /\{([^}]*)\}/.exec(clause)?.[1] ?? ''
  return listed.split(',').flatMap(part => /^\s*(?:type\s+)?(\w+)/.exec(part)?.[1] ?? [])
}

/** Every way from a file back to itself, each told once, starting at its first file by name. */
export function cycles(imports: readonly Import[]): string[] {
  const next = new Map<string, string[]>()
  for (const { file, target } of imports) next.set(file, [...(next.get(file) ?? []), target])
  const found = new Set<string>()
  const done = new Set<string>()
  const walk = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) {
      found.add(tellCycle(way.slice(way.indexOf(file))))
      return
    }
    if (done.has(file)) return
    for (const target of next.get(file) ?? []) walk(target, [...way, file])
    done.add(file)
  }
  for (const file of [...next.keys()].sort()) walk(file, [])
  return [...found]
}

function tellCycle(ring: readonly string[]): string {
  const first = ring.indexOf([...ring].sort()[0] ?? '')
  const turned = [...ring.slice(first), ...ring.slice(0, first)]
  return [...turned, turned[0]].join(' → ')
}
