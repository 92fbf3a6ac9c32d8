// The schema as data: printed for editors, walked for the words of messages and for the reference.
import { z } from 'zod'
import type { Path } from './problems.ts'
import { schema } from './schema.ts'

/** The part of JSON Schema that our schema turns into. */
export type Shape = {
  readonly type?: string
  readonly title?: string
  readonly description?: string
  readonly default?: unknown
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly examples?: readonly unknown[]
  readonly properties?: Readonly<Record<string, Shape>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Shape | false
  readonly items?: Shape
  readonly anyOf?: readonly Shape[]
  readonly oneOf?: readonly Shape[]
}

export const jsonSchema = {
  title: 'Sallyport configuration',
  ...z.toJSONSchema(schema, { io: 'input' }),
} as Shape

export const branchesOf = (shape: Shape): readonly Shape[] => shape.anyOf ?? shape.oneOf ?? [shape]

/** Every shape that a value at this place may have. */
export function shapesAt(path: Path): readonly Shape[] {
  return path.reduce<readonly Shape[]>(
    (shapes, step) => shapes.flatMap(shape => below(shape, step)).flatMap(branchesOf),
    [jsonSchema],
  )
}

function below(shape: Shape, step: string | number): readonly Shape[] {
  if (typeof step === 'number') return shape.items ? [shape.items] : []
  const found = shape.properties && Object.hasOwn(shape.properties, step) && shape.properties[step]
  return found ? [found] : shape.additionalProperties ? [shape.additionalProperties] : []
}

export const knownKeys = (path: Path): readonly string[] => [
  ...new Set(shapesAt(path).flatMap(shape => Object.keys(shape.properties ?? {}))),
]

/** What kind of value a shape is, in words. */
export function kindOf(shape: Shape): string {
  if (shape.title) return shape.title
  if (shape.const !== undefined) return `\`${shape.const}\``
  if (shape.enum) return shape.enum.map(value => `\`${value}\``).join(' or ')
  if (shape.anyOf ?? shape.oneOf) return [...new Set(branchesOf(shape).map(kindOf))].join(' or ')
  if (shape.items) return `list: ${kindOf(shape.items)}`
  if (shape.additionalProperties) return `mapping: ${kindOf(shape.additionalProperties)}`
  if (shape.properties) return 'mapping'
  return { boolean: '`true` or `false`', integer: 'whole number' }[shape.type ?? ''] ?? shape.type ?? 'value'
}
