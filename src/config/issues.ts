// What the schema found, in our words: zod names codes and paths, we name the value, the wish and the likely meaning.
import type { z } from 'zod'
import { kindOf, knownKeys, shapesAt } from './json-schema.ts'
import { nearest } from './nearest.ts'
import { type Complaint, type Path, quote, type Refusal } from './problems.ts'

type Issue = z.core.$ZodIssue

/** `root` is the value that the schema was asked about. */
export const complaintsAbout = (issues: readonly Issue[], root: unknown, base: Path = []): readonly Complaint[] =>
  issues.flatMap(issue => complaintsOf(issue, root, [...base, ...(issue.path as Path)]))

function complaintsOf(issue: Issue, root: unknown, path: Path): readonly Complaint[] {
  switch (issue.code) {
    case 'custom':
      return [{ ...(issue.params as Refusal), path }]
    case 'unrecognized_keys':
      return issue.keys.map(key => unknownKey(key, path))
    case 'invalid_key':
      return issue.issues.flatMap(inner => complaintsOf(inner, root, path)).map(inner => aboutKey(inner, path))
    case 'invalid_union':
      return unionComplaints(issue, root, path)
    case 'too_small':
    case 'too_big':
      // A text has a length too: asked for a list, "" is told about twice, and once is enough.
      return issue.origin === 'string' ? [] : [outOfBounds(issue, path)]
    default:
      return [wrongKind(root, path)]
  }
}

function unknownKey(key: string, parent: Path): Complaint {
  const known = knownKeys(parent)
  const hint = nearest(key, known)
  const wanted = hint ? 'remove or correct it' : `known here: ${known.join(', ')}`
  return { path: [...parent, key], at: 'key', refused: '', found: 'unknown key', wanted, ...(hint && { hint }) }
}

const aboutKey = (complaint: Complaint, path: Path): Complaint => ({
  ...complaint,
  at: 'key',
  found: `${quote(path.at(-1))} ${complaint.refused}`,
})

/** The branch whose outer form fits is the one that was meant. */
function unionComplaints(issue: z.core.$ZodIssueInvalidUnion, root: unknown, path: Path): readonly Complaint[] {
  const meant = issue.errors.find(branch => !branch.some(isWrongForm))
  return meant ? complaintsAbout(meant, root, path) : [wrongKind(root, path)]
}

const isWrongForm = ({ code, path }: Issue): boolean =>
  path.length === 0 && (code === 'invalid_type' || code === 'invalid_value')

type OutOfBounds = z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig

function outOfBounds(issue: OutOfBounds, path: Path): Complaint {
  if (issue.origin === 'array') {
    return {
      path,
      refused: '',
      found: 'an empty list says nothing',
      wanted: 'write at least one item, or leave the key out',
    }
  }
  const wanted = issue.code === 'too_small' ? `write ${issue.minimum} or more` : `write ${issue.maximum} or less`
  return { path, refused: 'is out of bounds', wanted }
}

function wrongKind(root: unknown, path: Path): Complaint {
  const value = valueAt(root, path)
  const shapes = shapesAt(path)
  const kinds = [...new Set(shapes.map(kindOf).map(withArticle))].join(' or ').replaceAll('`', '')
  const example = shapes.find(shape => shape.examples)?.examples?.[0]
  const wanted = `write ${kinds || 'another value'}${example === undefined ? '' : `, such as ${printExample(example)}`}`
  if (value === undefined) return { path, refused: '', found: 'it is missing', wanted }
  const words = shapes.flatMap(shape => shape.enum ?? shape.const ?? []).filter(word => typeof word === 'string')
  const hint = typeof value === 'string' ? nearest(value, words) : undefined
  return { path, refused: 'does not belong here', wanted, ...(hint && { hint }) }
}

const withArticle = (kind: string): string =>
  kind.startsWith('`') ? kind : `${/^(?:[aeio]|up)/i.test(kind) ? 'an' : 'a'} ${kind}`

const printExample = (example: unknown): string => (typeof example === 'string' ? example : JSON.stringify(example))

export const valueAt = (root: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, step) ? value[step as never] : undefined,
    root,
  )
