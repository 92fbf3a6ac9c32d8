// Paths of the configuration: written in the one form that the matcher compares.
import { readTarget } from '../core/target.ts'
import { http } from '../node-http.ts'
import type { Refusal } from './problems.ts'

const wantedPath = 'write a plain path such as /grafana'

/** A path that every reader understands as itself. */
export function readRoutePath(text: string): string | Refusal {
  const reading = readTarget(text)
  if (!reading.ok) return { refused: `has ${reading.problem.found}`, wanted: wantedPath, ...escaped(text) }
  const { path, canonical, forms } = reading.target
  if (path !== text || forms.size > 0) return { refused: 'holds more than plain path segments', wanted: wantedPath }
  if (canonical !== path)
    return { refused: 'is not in its shortest form', wanted: wantedPath, suggestion: `write "${canonical}"` }
  const hasLooseEnd = /(?:\.|%20)(?:\/|$)/.test(path)
  return hasLooseEnd ? { refused: 'has a segment that ends in a dot or space', wanted: wantedPath } : path
}

function escaped(text: string): Pick<Refusal, 'suggestion'> {
  if (!text.isWellFormed() || !text.startsWith('/'))
    return text.startsWith('/') ? {} : { suggestion: `write "/${text}"` }
  const reading = readTarget(encodeURI(text))
  return reading.ok && reading.target.raw !== text ? { suggestion: `write "${reading.target.canonical}"` } : {}
}

/** A path to put in front or to take away: no slash at its end, and not the root. */
export function readPrefix(text: string): string | Refusal {
  const reading = readRoutePath(text)
  if (text === '/') return { refused: 'is the root, so it would change nothing', wanted: 'leave the key out' }
  if (typeof reading !== 'string' || !reading.endsWith('/')) return reading
  return { refused: 'ends with a slash', wanted: wantedPath, suggestion: `write "${reading.slice(0, -1)}"` }
}

/** The prefix of our own endpoints: of the plainest characters, because every other path is compared with it. */
export function readOwnPrefix(text: string): string | Refusal {
  const wanted = 'write a prefix such as /_sallyport'
  if (/^\/+$/.test(text)) return { refused: 'would take every path for the gateway itself', wanted }
  const isPlain = /^(?:\/[a-z0-9_-]+(?:[.~][a-z0-9_-]+)*)+$/.test(text)
  return isPlain ? text : { refused: 'is not a plain lower-case path without a slash at its end', wanted }
}

/** `path` is `parent` or lies below it, at a segment boundary. */
export const isAtOrBelow = (path: string, parent: string): boolean => path === parent || path.startsWith(`${parent}/`)

const methods = new Set(http.METHODS.filter(method => method !== 'CONNECT' && method !== 'TRACE'))

export function readMethod(text: string): string | Refusal {
  if (methods.has(text)) return text
  const upper = text.toUpperCase()
  const wanted = 'write a method such as GET or POST'
  return { refused: 'is not a method served here', wanted, ...(methods.has(upper) && { suggestion: `write ${upper}` }) }
}
