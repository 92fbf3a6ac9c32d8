// A route's rewrite: how a path changes on its way to the upstream, and how a redirect of the upstream changes on its way back.
import type { Rewrite, Route } from '../core/route.ts'
import { readTarget, type Target, type TargetProblem } from '../core/target.ts'

export type RewrittenPath =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly problem: TargetProblem }

/** The request target for the upstream: the received bytes, or, where the route rewrites, a result that passes the same checks as they did. */
export function rewritePath(
  target: Target,
  { rewrite, allowInPath }: Pick<Route, 'rewrite' | 'allowInPath'>,
): RewrittenPath {
  const path = withPrefix(rewrite.addPrefix, withoutPrefix(target, rewrite.stripPrefix)) + target.query
  if (path === target.raw) return { ok: true, path }
  const reading = readTarget(path)
  if (!reading.ok) return reading
  // Two slashes in front would be an authority to some readers (RFC 3986 4.2).
  if (path.startsWith('//'))
    return { ok: false, problem: { kind: 'ambiguous', found: 'a rewritten path that starts with "//"' } }
  for (const form of reading.target.forms) {
    if (!allowInPath.has(form))
      return { ok: false, problem: { kind: 'ambiguous', found: 'an ambiguous rewritten path', optIn: form } }
  }
  return { ok: true, path }
}

/** Cuts whole segments off the raw path: an escape inside the prefix makes it longer than the prefix that was matched. */
function withoutPrefix({ path, canonical }: Target, stripPrefix: string): string {
  const prefix = withoutEndSlash(stripPrefix)
  if (!isBelow(canonical, prefix)) return path
  let end = 0
  for (let segments = prefix.split('/').length; segments > 1; segments--) end = nextSlash(path, end + 1)
  return path.slice(end)
}

const nextSlash = (path: string, from: number): number => {
  const slash = path.indexOf('/', from)
  return slash < 0 ? path.length : slash
}

const withPrefix = (prefix: string, path: string): string => withoutEndSlash(prefix) + path || '/'

const withoutEndSlash = (prefix: string): string => (prefix.endsWith('/') ? prefix.slice(0, -1) : prefix)

const isBelow = (path: string, prefix: string): boolean =>
  path.startsWith(prefix) && (path.length === prefix.length || /[/?#]/.test(path.charAt(prefix.length)))

export type Visitor = { readonly scheme: 'http' | 'https'; readonly host: string }

/**
 * A Location as the visitor can follow it. The upstream's own address becomes the visitor's, and where the route rewrites paths, a path
 * below `addPrefix` gets its outer prefix back. A path that has `stripPrefix` already comes from an upstream that knows where it lives,
 * and stays. Everything else, relative references included, is untouched. Addresses are read as browsers read them (WHATWG URL).
 */
export function rewriteLocation(
  location: string,
  { rewrite, upstream }: Pick<Route, 'rewrite' | 'upstream'>,
  visitor: Visitor,
): string {
  if (rootedPath.test(location)) return outerPath(location, rewrite)
  const ours = `${visitor.scheme}://${visitor.host}`
  // A relative reference ends up at a host that nobody has.
  const url = URL.parse(escapedBytes(location), `${visitor.scheme}://relative.invalid`)
  const here = [ours, `${upstream.scheme}://${upstream.authority}`].map(place => placeOf(URL.parse(place)))
  return url && here.includes(placeOf(url)) ? ours + outerPath(url.pathname + url.search + url.hash, rewrite) : location
}

/** No host can be read into it: browsers take `\` for a slash, and drop TAB, CR and LF before they read. */
const rootedPath = /^\/(?![/\\\t\r\n])/

const placeOf = (url: URL | null): string | undefined => (url ? `${url.protocol}//${url.host}` : undefined)

/** Header text has a character for each byte, where a URL would have their escapes. */
const escapedBytes = (text: string): string =>
  text.replace(/[\x80-\xff]/g, byte => `%${byte.charCodeAt(0).toString(16)}`)

/** What would be no path any more without its prefix keeps it. */
function outerPath(path: string, { stripPrefix, addPrefix }: Rewrite): string {
  const outer = withoutEndSlash(stripPrefix)
  const inner = withoutEndSlash(addPrefix)
  if ((outer === '' && inner === '') || (outer !== '' && isBelow(path, outer)) || !isBelow(path, inner)) return path
  const rest = outer + path.slice(inner.length)
  const result = rest.startsWith('/') ? rest : `/${rest}`
  return rootedPath.test(result) ? result : path
}
