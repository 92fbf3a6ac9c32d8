// The request target: a strict grammar for the bytes that policy matches and the upstream receives unchanged.

/** Forms that two readers may understand differently; each is refused unless the route opts in by this name. */
export const ambiguousForms = ['encodedSlash', 'encodedReserved', 'semicolon', 'emptySegment'] as const

export type AmbiguousForm = (typeof ambiguousForms)[number]

/** What a route may allow in its paths. `otherCase`: its upstream tells letter case apart, so case variants of other routes' paths may pass. */
export type OptIn = AmbiguousForm | 'otherCase'

export type Target = {
  /** Exactly as received, and exactly as forwarded. */
  readonly raw: string
  /** The raw path, before any `?`. */
  readonly path: string
  /** Empty, or from the `?` on. Policy never looks at it. */
  readonly query: string
  /** The path with escapes of unreserved characters decoded (RFC 3986 6.2.2.2) and other escapes in upper case: what the table matches. */
  readonly canonical: string
  readonly forms: ReadonlySet<AmbiguousForm>
}

export type TargetProblem = {
  readonly kind: 'malformed' | 'ambiguous'
  /** What was found; safe to show, it never quotes the target. */
  readonly found: string
  /** The opt-in under `allowInPath` that would let it pass, if there is one. */
  readonly optIn?: OptIn
}

export type TargetReading =
  | { readonly ok: true; readonly target: Target }
  | { readonly ok: false; readonly problem: TargetProblem }

const noForms: ReadonlySet<AmbiguousForm> = new Set()
const plainPath = /^(?:\/[A-Za-z0-9\-_~][A-Za-z0-9\-._~!$&'()*+,=:@]*)+\/?$|^\/$/
const pathGrammar = /^\/[A-Za-z0-9\-._~!$&'()*+,=:@%/;]*$/
const queryGrammar = /^(?:\?[\x21\x22\x24-\x7e]*)?$/
const escapes = /%([0-9A-Fa-f]{2})/g
const formPatterns: ReadonlyArray<readonly [AmbiguousForm, RegExp]> = [
  ['encodedSlash', /%2F|%5C/],
  ['encodedReserved', /%23|%3F|%3B/],
  ['semicolon', /;/],
  ['emptySegment', /\/\//],
]

/** Reads an origin-form request target (RFC 9112 3.2.1); anything else is a problem. */
export function readTarget(raw: string): TargetReading {
  const queryAt = raw.indexOf('?')
  const path = queryAt < 0 ? raw : raw.slice(0, queryAt)
  const query = queryAt < 0 ? '' : raw.slice(queryAt)
  if (!queryGrammar.test(query)) return malformed('a byte in the query that must be escaped')
  if (plainPath.test(path)) return { ok: true, target: { raw, path, query, canonical: path, forms: noForms } }
  return readUnusual(raw, path, query)
}

function readUnusual(raw: string, path: string, query: string): TargetReading {
  if (!path.startsWith('/')) return malformed('a target that does not start with "/" (only origin-form is served)')
  if (path.includes('#')) return malformed('a raw "#"')
  if (path.includes('\\')) return malformed('a raw backslash')
  if (!pathGrammar.test(path)) return malformed('a byte in the path that must be escaped')
  if (/%(?![0-9A-Fa-f]{2})/.test(path)) return malformed('a "%" without two hexadecimal digits')
  const problem = escapesProblem(path)
  if (problem) return malformed(problem)
  const canonical = canonicalPath(path)
  if (/%25[0-9A-F]{2}/i.test(canonical)) return ambiguous('an escape hidden inside another escape ("%25…")')
  const segment = segmentProblem(canonical)
  if (segment) return ambiguous(segment)
  const forms = new Set(formPatterns.filter(([, pattern]) => pattern.test(canonical)).map(([form]) => form))
  return { ok: true, target: { raw, path, query, canonical, forms } }
}

function escapesProblem(path: string): string | undefined {
  if (/%(?:[01][0-9A-Fa-f]|7F)/i.test(path)) return 'an escaped control character'
  try {
    if (/[\u0080-\u009f]/.test(decodeURIComponent(path))) return 'an escaped control character'
  } catch {
    return 'escapes that are not valid UTF-8'
  }
  return undefined
}

/** One spelling for equal paths: see `Target.canonical`. */
export function canonicalPath(path: string): string {
  return path.replace(escapes, (whole, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16))
    return /[A-Za-z0-9\-._~]/.test(character) ? character : whole.toUpperCase()
  })
}

/** Segments are cut at everything that any backend takes for a separator. */
function segmentProblem(canonical: string): string | undefined {
  for (const segment of canonical.split(/\/|%2F|%5C/)) {
    const name = segment.replace(/(?:;|%3B|%23|%3F).*$/s, '')
    if (/^\.+$/.test(name)) return 'a segment made of dots'
    if (name !== '' && decodeURIComponent(name.replace(/%(?![0-9A-F]{2})/g, '%25')).trim() === '')
      return 'a segment made of white space'
  }
  return undefined
}

const malformed = (found: string): TargetReading => ({ ok: false, problem: { kind: 'malformed', found } })
const ambiguous = (found: string): TargetReading => ({ ok: false, problem: { kind: 'ambiguous', found } })
