// What other readers could make of a path: the closure of the transformations that backends are known to apply.
import { decodeEscapes, decodeSlashes, type Reader, readers } from './readers.ts'

/** More readings, or more text to read, than this and the path is refused: nothing legitimate comes near. */
const MOST_READINGS = 200
const MOST_CHARACTERS = 128 * 1024

export type Readings =
  | { readonly ok: true; readonly paths: readonly string[] }
  | { readonly ok: false; readonly found: string }

/** A path without these is understood alike by every reader known to us, up to letter case. */
const unusual = /[^A-Za-z0-9\-._~!&'()*+,=:@/]|[^/+]\+[^/+]|\.(?:\/|$)|\/\/|\([A-Za-z]\(/

/** All that a backend could understand by `canonical` once it has decoded it, in any order of its transformations; letter case is left alone. */
export function readingsOf(canonical: string, by: readonly Reader[] = readers): Readings {
  if (!unusual.test(canonical)) return { ok: true, paths: [canonical] }
  const written = closure([canonical], by)
  const decoded = written && closure(written.map(decodeEscapes), [...by, decodeSlashes])
  if (!decoded) return { ok: false, found: 'more ways to read the path than can be followed' }
  if (decoded.some(path => hiddenEscape.test(path))) return { ok: false, found: 'an escape hidden in look-alikes' }
  if (decoded.some(path => hiddenTraversal.test(path))) return { ok: false, found: 'a ".." hidden in look-alikes' }
  return { ok: true, paths: decoded }
}

/** After decoding only slashes and backslashes may still look escaped; they are followed by themselves. */
const hiddenEscape = /%(?:(?!2f|5c)[0-9a-f]{2}|u[0-9a-f]{4})/i
const hiddenTraversal = /\/\.\.(?:\/|$)/

function closure(seeds: readonly string[], by: readonly Reader[]): string[] | undefined {
  const found = new Set(seeds)
  let characters = 0
  // A Set also walks over what is added on the way.
  for (const path of found) {
    characters += path.length
    if (found.size > MOST_READINGS || characters > MOST_CHARACTERS) return undefined
    for (const read of by) found.add(rooted(read(path)))
  }
  return [...found]
}

const rooted = (path: string): string => (path.startsWith('/') ? path : `/${path}`)
