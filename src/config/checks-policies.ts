// The policies: what they name has to exist, or a rule that is misspelt would hold for nobody, and a denial with it.
import type { ConfigDraft, RouteDraft } from './draft.ts'
import { nearest } from './nearest.ts'
import type { Complaint } from './problems.ts'

export function policyChecks({ providers, routes }: ConfigDraft): readonly Complaint[] {
  const known = providers.flatMap(({ name }) => name ?? [])
  // A name that was refused has its own complaint, and may be the one that is meant.
  if (known.length === 0 || known.length < providers.length) return []
  return routes.flatMap((route, index) =>
    unknownProviders(route, known).map(to => ({ ...to, path: ['routes', index, ...to.path] })),
  )
}

const unknownProviders = (route: RouteDraft, known: readonly string[]): Complaint[] =>
  (['allow', 'deny'] as const).flatMap(list =>
    (route[list] ?? []).flatMap(({ providers = [] }, item) =>
      providers.flatMap((name, index) =>
        known.includes(name) ? [] : [unknownProvider(name, known, [list, item, 'providers', index])],
      ),
    ),
  )

function unknownProvider(name: string, known: readonly string[], path: Complaint['path']): Complaint {
  const hint = nearest(name, known)
  const wanted = `write one of ${known.join(', ')}`
  return { path, refused: 'is not the name of a provider', wanted, ...(hint && { hint }) }
}
