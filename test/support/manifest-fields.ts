// What a strict API server would say of a manifest's fields, without one: unknown, missing, mistyped.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as kubernetes from '@kubernetes/client-node'
import type { Manifest } from './helm.ts'

type Field = { readonly name: string; readonly type: string }
type Model = { readonly attributeTypeMap: ReadonlyArray<{ readonly baseName: string; readonly type: string }> }

const modelOfKind: Readonly<Record<string, string>> = {
  'v1 ConfigMap': 'V1ConfigMap',
  'v1 Service': 'V1Service',
  'v1 ServiceAccount': 'V1ServiceAccount',
  'apps/v1 Deployment': 'V1Deployment',
  'networking.k8s.io/v1 Ingress': 'V1Ingress',
  'networking.k8s.io/v1 NetworkPolicy': 'V1NetworkPolicy',
  'policy/v1 PodDisruptionBudget': 'V1PodDisruptionBudget',
}

/** Every field that the API does not know, misses, or would read as something else: `.spec.replica: unknown`. */
export function fieldProblems(manifest: Manifest): string[] {
  const model = modelOfKind[`${manifest.apiVersion} ${manifest.kind}`]
  if (!model) return [`${manifest.apiVersion} ${manifest.kind}: no such kind`]
  return problemsOf(model, manifest, '')
}

function problemsOf(type: string, value: unknown, at: string): string[] {
  const list = /^Array<(.+)>$/.exec(type)?.[1]
  if (list) return listProblems(list, value, at)
  const map = /^\{ \[key: string\]: (.+); \}$/.exec(type)?.[1]
  if (map) return mapProblems(map, value, at)
  const fields = fieldsOf(type)
  if (fields) return isObject(value) ? objectProblems(type, fields, value, at) : [`${at}: not an object`]
  return isPlain(type, value) ? [] : [`${at}: not a ${type}`]
}

function isPlain(type: string, value: unknown): boolean {
  if (type === 'any') return true
  return type === 'IntOrString' ? typeof value === 'string' || Number.isInteger(value) : typeof value === type
}

const listProblems = (type: string, value: unknown, at: string): string[] =>
  Array.isArray(value) ? value.flatMap((one, index) => problemsOf(type, one, `${at}[${index}]`)) : [`${at}: not a list`]

const mapProblems = (type: string, value: unknown, at: string): string[] =>
  isObject(value)
    ? Object.entries(value).flatMap(([key, one]) => problemsOf(type, one, `${at}[${key}]`))
    : [`${at}: not a map`]

function objectProblems(type: string, fields: readonly Field[], value: object, at: string): string[] {
  const unknown = Object.keys(value).filter(key => !fields.some(({ name }) => name === key))
  const missing = requiredFields(type).filter(name => !Object.hasOwn(value, name))
  return [
    ...unknown.map(key => `${at}.${key}: unknown`),
    ...missing.map(key => `${at}.${key}: missing`),
    ...fields.flatMap(({ name, type }) => {
      const field: unknown = Reflect.get(value, name)
      return field === undefined ? [] : problemsOf(type, field, `${at}.${name}`)
    }),
  ]
}

function fieldsOf(type: string): Field[] | undefined {
  const model: unknown = Reflect.get(kubernetes, type)
  if (typeof model !== 'function' || !('attributeTypeMap' in model)) return undefined
  return (model as unknown as Model).attributeTypeMap.map(({ baseName, type }) => ({ name: baseName, type }))
}

const models = join(dirname(fileURLToPath(import.meta.resolve('@kubernetes/client-node'))), 'gen/models')

/** At run time the models do not know which fields are required; their declarations do. */
function requiredFields(type: string): string[] {
  const file = join(models, `${type}.d.ts`)
  if (!existsSync(file)) throw new Error(`the models have no declaration of ${type}`)
  return [...readFileSync(file, 'utf8').matchAll(/^ {4}'(\w+)': /gm)].map(match => match[1] as string)
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
