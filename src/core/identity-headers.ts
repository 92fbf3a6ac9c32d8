// Identity headers: which names are ours to set, in whatever spelling, and what we write under them.
import type { Identity } from './identity.ts'
import { managedFamilies, managedNames } from './managed-names.ts'
import type { HeaderRule } from './route.ts'
import { parseTemplate, renderTemplate, type Template } from './template.ts'

const presetTexts = {
  standard: {
    'X-Forwarded-User': '{identity.user}',
    'X-Forwarded-Email': '{identity.email}',
    'X-Forwarded-Groups': '{identity.groups}',
    'X-Forwarded-Preferred-Username': '{claims.preferred_username}',
  },
  none: {},
} as const

export type IdentityPreset = keyof typeof presetTexts

export const identityPresets = Object.keys(presetTexts) as IdentityPreset[]

export const presetRules = (preset: IdentityPreset): readonly HeaderRule[] =>
  Object.entries(presetTexts[preset]).map(([name, text]) => ({ name, value: parseTemplate(text) as Template }))

/** The header fields for an identity, in the order of the rules; a rule that renders to nothing writes nothing. */
export function identityFields(
  rules: readonly HeaderRule[],
  identity: Identity | undefined,
): ReadonlyArray<readonly [name: string, value: string]> {
  return rules.flatMap(({ name, value }) => {
    const text = renderTemplate(value, identity)
    return text === undefined ? [] : [[name, text] as const]
  })
}

/** One spelling for all that CGI-like backends fold together: case, `_`, `.`, space, stray separators, a leading `HTTP_`. */
export const foldName = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .replace(/^(?:http-)+/, '')

/** Says of a client's header whether it is ours to set or to withhold; the answer holds for every spelling of the name. */
export type ManagedNames = { has(name: string): boolean }

/** `own` are the names that this configuration writes, beyond those that are always withheld. */
export function managedHeaders(own: Iterable<string>): ManagedNames {
  const ownFolded = new Set(Array.from(own, foldName))
  const known = new Map<string, boolean>()
  return {
    has(name) {
      const before = known.get(name)
      if (before !== undefined) return before
      const answer = isManaged(name, ownFolded)
      // Bounded: names come from clients.
      if (known.size < 2000) known.set(name, answer)
      return answer
    },
  }
}

function isManaged(name: string, own: ReadonlySet<string>): boolean {
  // A name with anything but letters, digits and hyphens says what its hyphenated twin says to CGI-like backends, and nobody else needs it.
  if (/[^A-Za-z0-9-]/.test(name)) return true
  const folded = foldName(name)
  return own.has(folded) || managedNames.has(folded) || managedFamilies.some(family => folded.startsWith(family))
}
