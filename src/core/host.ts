// Host names: one canonical spelling (lower case, no trailing dot, port apart) and a strict grammar.
import { isIPv6 } from 'node:net'

export type Host = {
  readonly name: string
  /** The port as written; undefined when absent. */
  readonly port: number | undefined
}

const label = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?'
const hostGrammar = new RegExp(`^(?:(${label}(?:\\.${label})*)\\.?|(\\[[0-9a-f:.]{2,45}\\]))(?::([0-9]{1,5}))?$`)

/** Reads a Host header (RFC 9110 7.2); undefined when it is not exactly one host name or address with an optional port. */
export function readHost(raw: string): Host | undefined {
  // Before the case is folded: the Kelvin sign in lower case is a plain k.
  if (raw.length > 260 || /[^\x21-\x7e]/.test(raw)) return undefined
  const parts = hostGrammar.exec(raw.toLowerCase())
  const name = parts?.[1] ?? (parts?.[2] && canonicalLiteral(parts[2]))
  if (!name) return undefined
  if (parts?.[3] === undefined) return { name, port: undefined }
  const port = Number(parts[3])
  return port > 0 && port < 65536 ? { name, port } : undefined
}

/** One spelling for an IPv6 literal: `[0:0::1]` is `[::1]`. */
const canonicalLiteral = (literal: string): string | undefined =>
  isIPv6(literal.slice(1, -1)) ? URL.parse(`http://${literal}`)?.hostname : undefined
