// Header names that two rules would write: the upstream could not tell which of them speaks.
import { foldName } from '../core/identity-headers.ts'
import type { ConfigDraft } from './draft.ts'
import { identityRules } from './identity-rules.ts'
import type { Complaint, Path } from './problems.ts'

type Writer = { readonly path: Path; readonly name: string }

export function headerChecks({ identity, routes }: ConfigDraft): readonly Complaint[] {
  const own = [...identityWriters(identity), ...assertionWriters(identity)]
  const perRoute = routes.flatMap(({ headers }, index) => {
    const names = Object.keys(headers?.set ?? {})
    return twice([...own, ...names.map(name => ({ path: ['routes', index, 'headers', 'set', name], name }))])
  })
  const byPlace = new Map([...twice(own), ...perRoute].map(complaint => [complaint.path.join('.'), complaint]))
  return [...byPlace.values()]
}

const identityWriters = ({ headers }: ConfigDraft['identity']): Writer[] =>
  identityRules(headers ?? {}).map(({ name }) => ({ path: ['identity', 'headers', name], name }))

const assertionWriters = ({ assertion }: ConfigDraft['identity']): Writer[] =>
  assertion ? [{ path: ['identity', 'assertion', 'header'], name: assertion.header }] : []

function twice(writers: readonly Writer[]): Complaint[] {
  const seen = new Set<string>()
  return writers.flatMap(({ path, name }) => {
    const isNew = !seen.has(foldName(name))
    seen.add(foldName(name))
    return isNew
      ? []
      : [
          {
            path,
            refused: '',
            found: `the header ${name} is written by another rule already`,
            wanted: 'write every header once',
          },
        ]
  })
}
