// Which claims the configuration reads: those that a policy judges by, and those that a header passes on.
import type { HeaderRule, Route } from '../core/route.ts'

/** Dotted paths, each once. */
export function claimsRead(headers: readonly HeaderRule[], routes: readonly Route[]): readonly string[] {
  const items = routes.flatMap(({ policy }) => [...policy.allow, ...policy.deny])
  const parts = [...headers, ...routes.flatMap(route => route.headers.set)].flatMap(({ value }) => value)
  const paths = [
    ...items.flatMap(({ claims = {} }) => Object.keys(claims)),
    ...parts.flatMap(part => (part.kind === 'claim' ? part.path : [])),
  ]
  return [...new Set(paths)].sort()
}
