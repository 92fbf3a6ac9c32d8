// A configuration file becomes a Config, or the list of everything that is wrong with it.
import { dirname, resolve } from 'node:path'
import type { Config } from '../core/settings.ts'
import { buildConfig } from './build.ts'
import { contradictions } from './checks.ts'
import { draftFrom } from './draft.ts'
import type { Surroundings } from './interpolate.ts'
import { complaintsAbout, valueAt } from './issues.ts'
import { type Complaint, type Problem, printPath, quote } from './problems.ts'
import { readText } from './read-text.ts'
import { schema, type Written } from './schema.ts'
import { plantTree, type Tree } from './tree.ts'
import { warningsAbout } from './warnings.ts'
import { readYaml, type YamlReading } from './yaml.ts'

export { type Problem, printProblems } from './problems.ts'

export type LoadResult =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly problems: readonly Problem[] }

const MOST_BYTES = 8 * 1024 * 1024

/** `text` is what the configuration was read from, for whoever has to understand the same later on. */
type LoadedFile = (LoadResult & { readonly ok: true; readonly text: string }) | (LoadResult & { readonly ok: false })

/** Reads, checks and freezes. Everything that can be wrong is a problem in the result; nothing is thrown. */
export async function loadConfig(
  file: string,
  { env = process.env, now = Date.now() }: { readonly env?: NodeJS.ProcessEnv; readonly now?: number } = {},
): Promise<LoadedFile> {
  const reading = await readText(file, MOST_BYTES)
  if (!reading.ok) {
    const wanted = 'name a readable configuration file'
    return { ok: false, problems: [{ path: '', line: 1, column: 1, found: `the file ${reading.why}`, wanted }] }
  }
  const loaded = await readConfig(reading.text, { env, folder: folderOf(file) }, now)
  return loaded.ok ? { ...loaded, text: reading.text } : loaded
}

/** References in a configuration are relative to where it lies. */
export const folderOf = (file: string): string => dirname(resolve(file))

/** The same for a text that was read already; `now` in epoch milliseconds. */
export async function readConfig(text: string, surroundings: Surroundings, now = Date.now()): Promise<LoadResult> {
  const yaml = readYaml(text)
  if (!yaml.isWhole) return { ok: false, problems: yaml.problems.map(problem => ({ path: '', ...problem })) }
  const tree = await plantTree(yaml.document, surroundings)
  const parsed = schema.safeParse(tree.value)
  const problems = [
    ...yaml.problems.map(problem => ({ path: '', ...problem })),
    ...allComplaints(tree, parsed.error?.issues ?? []).map(complaint => toProblem(complaint, tree, yaml)),
  ]
  if (problems.length > 0 || !parsed.success) return { ok: false, problems: problems.sort(byPlace) }
  return accept(parsed.data, now)
}

const accept = (written: Written, now: number): LoadResult => ({
  ok: true,
  config: buildConfig(written),
  warnings: warningsAbout(written, now),
})

/** In three rounds; a place that one round complained about is not discussed again in the next. */
function allComplaints(tree: Tree, issues: Parameters<typeof complaintsAbout>[0]): readonly Complaint[] {
  const rounds = [complaintsAbout(issues, tree.value), contradictions(draftFrom(tree.value))]
  let found = tree.complaints
  for (const round of rounds) {
    const places = new Set(found.map(({ path }) => printPath(path)))
    found = found.concat(round.filter(({ path }) => !places.has(printPath(path))))
  }
  return found
}

function toProblem(complaint: Complaint, tree: Tree, yaml: YamlReading): Problem {
  const { path, refused, suggestion, at = 'value', hint } = complaint
  const isHidden = tree.isHidden(path)
  const subject = isHidden ? 'the value' : quote(valueAt(tree.value, path))
  return {
    path: printPath(path),
    ...yaml.placeOf(tree.offsetOf(path, at)),
    found: complaint.found ?? `${subject} ${refused}`,
    wanted: isHidden ? complaint.wanted : (suggestion ?? complaint.wanted),
    ...(hint !== undefined && { hint }),
  }
}

const byPlace = (a: Problem, b: Problem): number => a.line - b.line || a.column - b.column
