// The chart as a real helm renders it.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { service } from './services.ts'

export const chart = join(import.meta.dirname, '../../helm/sallyport')

/** The first Kubernetes that the chart is for. */
const KUBE_VERSION = '1.30.0'

export type Manifest = { readonly apiVersion: string; readonly kind: string; readonly [field: string]: unknown }

export type Rendering =
  | { readonly ok: true; readonly manifests: readonly Manifest[] }
  | { readonly ok: false; readonly refusal: string }

/** Renders with values files (relative to the chart), then with the test's own values on top. */
export function renderChart(files: readonly string[], values: object = {}, from = chart): Rendering {
  const sources = [...files.map(file => join(chart, file)), '-'].flatMap(file => ['--values', file])
  const args = ['template', 'gate', from, '--kube-version', KUBE_VERSION, ...sources]
  const { status, stdout, stderr } = runHelm(args, JSON.stringify(values))
  return status === 0 ? { ok: true, manifests: readManifests(stdout) } : { ok: false, refusal: stderr }
}

/** For charts that must render: the manifests, or an error with what helm had to say. */
export function manifestsOf(files: readonly string[], values: object = {}, from = chart): readonly Manifest[] {
  const rendering = renderChart(files, values, from)
  if (!rendering.ok) throw new Error(rendering.refusal)
  return rendering.manifests
}

export function lintChart(files: readonly string[] = []): { readonly passed: boolean; readonly output: string } {
  const sources = files.flatMap(file => ['--values', join(chart, file)])
  const { status, stdout, stderr } = runHelm(['lint', '--strict', chart, ...sources])
  return { passed: status === 0, output: stdout + stderr }
}

export const readManifests = (yaml: string): Manifest[] =>
  parseAllDocuments(yaml).flatMap(document => (document.contents === null ? [] : [document.toJS() as Manifest]))

function runHelm(args: readonly string[], input = '') {
  const helm = service('helm')
  if ('missing' in helm) throw new Error(helm.missing)
  return spawnSync(helm.path, args, { input, encoding: 'utf8', timeout: 60_000 })
}
