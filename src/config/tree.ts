// From the syntax tree to plain values: references resolved, every place remembered, YAML's surprises refused.
import { type Document, isAlias, isMap, isScalar, isSeq, type Pair, type Scalar, type YAMLMap } from 'yaml'
import type { Surroundings } from './interpolate.ts'
import { type Complaint, type Path, quote, type Refusal } from './problems.ts'
import { readScalar } from './scalars.ts'
import { holdsSecret } from './sensitive.ts'

export type Tree = {
  readonly value: unknown
  readonly complaints: readonly Complaint[]
  /** Offset into the file of the value, or of its key; of the nearest thing around it when it is not there. */
  offsetOf(path: Path, at: 'key' | 'value'): number
  /** The value came from outside the file, or is a secret by its place. */
  isHidden(path: Path): boolean
}

type Walk = {
  readonly document: Document
  readonly surroundings: Surroundings
  readonly complaints: Complaint[]
  readonly offsets: Map<string, { readonly key: number; readonly value: number }>
  readonly hidden: Set<string>
  /** Nodes that we are inside of: an alias to one of them never ends. */
  readonly open: Set<unknown>
  aliased: number
}

type Step = { readonly node: unknown; readonly path: Path; readonly alias: number | undefined }

// Far more than a person writes, far less than a bomb unfolds.
const MOST_ALIASED_NODES = 10_000

export async function plantTree(document: Document, surroundings: Surroundings): Promise<Tree> {
  const fresh = { complaints: [], offsets: new Map(), hidden: new Set<string>(), open: new Set(), aliased: 0 }
  const walk: Walk = { document, surroundings, ...fresh }
  walk.offsets.set('', { key: 0, value: 0 })
  const value = await visit(walk, { node: document.contents, path: [], alias: undefined })
  return {
    value,
    complaints: walk.complaints,
    offsetOf: (path, at) => nearestOffset(walk, path, at),
    isHidden: path => walk.hidden.has(keyOf(path)) || holdsSecret(path),
  }
}

const keyOf = (path: Path): string => path.map(step => `\0${step}`).join('')

function nearestOffset(walk: Walk, path: Path, at: 'key' | 'value'): number {
  const found = walk.offsets.get(keyOf(path))
  if (found) return found[at]
  return path.length === 0 ? 0 : nearestOffset(walk, path.slice(0, -1), 'value')
}

async function visit(walk: Walk, step: Step): Promise<unknown> {
  const { node, path, alias } = step
  if (alias !== undefined && ++walk.aliased > MOST_ALIASED_NODES) return undefined
  if (isAlias(node)) return visitAlias(walk, step)
  refuseTag(walk, node, path)
  if (isScalar(node)) return visitScalar(walk, node, path)
  walk.open.add(node)
  const value = isMap(node) ? await visitMap(walk, node, step) : await visitList(walk, step)
  walk.open.delete(node)
  return value
}

async function visitAlias(walk: Walk, { node, path, alias }: Step): Promise<unknown> {
  if (!isAlias(node)) return undefined
  const target = node.resolve(walk.document)
  if (!target || walk.open.has(target)) {
    complain(walk, path, {
      refused: '',
      found: `the alias "*${node.source}" ${target ? 'contains itself' : 'has no anchor before it'}`,
      wanted: 'write the value out, or quote a text that starts with "*"',
    })
    return undefined
  }
  const value = await visit(walk, { node: target, path, alias: alias ?? node.range?.[0] ?? 0 })
  if (walk.aliased <= MOST_ALIASED_NODES) return value
  if (alias === undefined) {
    complain(walk, path, { refused: '', found: 'aliases unfold to too much', wanted: 'write the values out' })
  }
  return undefined
}

function refuseTag(walk: Walk, node: unknown, path: Path): void {
  const tag = (isScalar(node) || isMap(node) || isSeq(node)) && node.tag
  if (!tag) return
  complain(walk, path, { refused: '', found: 'a YAML tag ("!…")', wanted: 'write the plain value, and quote texts' })
}

async function visitList(walk: Walk, { node, path, alias }: Step): Promise<unknown> {
  if (!isSeq(node)) return node ?? null
  const values: unknown[] = []
  for (const [index, item] of node.items.entries()) {
    const offset = alias ?? offsetOfNode(item)
    const here = [...path, index]
    walk.offsets.set(keyOf(here), { key: offset, value: offset })
    values.push(await visit(walk, { node: item, path: here, alias }))
  }
  return values
}

async function visitMap(walk: Walk, map: YAMLMap, { path, alias }: Step): Promise<unknown> {
  const values: Record<string, unknown> = Object.create(null)
  for (const pair of map.items) {
    const name = readKey(walk, pair, path)
    if (name === undefined) continue
    const here = [...path, name]
    const key = alias ?? offsetOfNode(pair.key)
    walk.offsets.set(keyOf(here), { key, value: alias ?? (pair.value ? offsetOfNode(pair.value) : key) })
    values[name] = await visit(walk, { node: pair.value, path: here, alias })
  }
  return values
}

const surprisingKeys: ReadonlyMap<string | undefined, string> = new Map([
  [undefined, 'write a plain word as the key'],
  ['<<', 'merge keys are not read; repeat the keys'],
  ['__proto__', 'choose another name'],
])

function readKey(walk: Walk, pair: Pair, path: Path): string | undefined {
  const name = isScalar(pair.key) ? (pair.key.source ?? String(pair.key.value)) : undefined
  const wanted = surprisingKeys.get(name)
  if (wanted === undefined) return name
  walk.offsets.set(keyOf([...path, name ?? '?']), { key: offsetOfNode(pair.key), value: offsetOfNode(pair.key) })
  const found = `${name === undefined ? 'something else than a word' : quote(name)} is used as a key`
  complain(walk, [...path, name ?? '?'], { refused: '', found, wanted })
  return undefined
}

async function visitScalar(walk: Walk, scalar: Scalar, path: Path): Promise<unknown> {
  const { value, isHidden, refusal } = await readScalar(scalar, path, walk.surroundings)
  if (isHidden) walk.hidden.add(keyOf(path))
  if (refusal) complain(walk, path, refusal)
  return value
}

const offsetOfNode = (node: unknown): number =>
  isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? (node.range?.[0] ?? 0) : 0

const complain = (walk: Walk, path: Path, refusal: Refusal): void => {
  walk.complaints.push({ ...refusal, path })
}
