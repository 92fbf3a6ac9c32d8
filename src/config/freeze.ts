// Makes a value read-only all the way down.

/** Plain objects and lists are frozen; what they hold with a state of its own (a Secret, a Set) hides it or is typed read-only. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const inner of Object.values(value)) deepFreeze(inner)
  return value
}
