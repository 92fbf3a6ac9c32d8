// The identity headers of a preset or of a map, as rules.
import { type IdentityPreset, presetRules } from '../core/identity-headers.ts'
import type { HeaderRule } from '../core/route.ts'
import type { Template } from '../core/template.ts'

export const identityRules = (headers: IdentityPreset | Readonly<Record<string, Template>>): readonly HeaderRule[] =>
  typeof headers === 'string' ? presetRules(headers) : rulesFrom(headers)

export const rulesFrom = (headers: Readonly<Record<string, Template>>): readonly HeaderRule[] =>
  Object.entries(headers).map(([name, value]) => ({ name, value }))
