// Header value templates: literal text with `{identity.…}` and `{claims.…}` in it, parsed once at load.
import { claimAt, type Identity } from './identity.ts'

export type Template = readonly TemplatePart[]

type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'identity'; readonly word: IdentityWord }
  | { readonly kind: 'claim'; readonly path: string }

export const identityWords = ['user', 'email', 'groups', 'name', 'subject', 'issuer', 'provider'] as const

export type IdentityWord = (typeof identityWords)[number]

/** Parses a template; undefined when a brace is unmatched or a placeholder is unknown. */
export function parseTemplate(text: string): Template | undefined {
  const parts: TemplatePart[] = []
  for (const piece of text.split(/(\{[^{}]*\})/)) {
    const part = parsePiece(piece)
    if (!part) return undefined
    if (part.kind !== 'text' || part.text !== '') parts.push(part)
  }
  return parts
}

function parsePiece(piece: string): TemplatePart | undefined {
  if (!/[{}]/.test(piece)) return /[^\x20-\x7e]/.test(piece) ? undefined : { kind: 'text', text: piece }
  const placeholder = /^\{(identity|claims)\.([^{}\s]+)\}$/.exec(piece)
  if (!placeholder?.[2]) return undefined
  if (placeholder[1] === 'claims') return { kind: 'claim', path: placeholder[2] }
  const word = identityWords.find(known => known === placeholder[2])
  return word && { kind: 'identity', word }
}

/** The header value, encoded; undefined when every placeholder in it came out empty, so that a missing claim is a missing header. */
export function renderTemplate(template: Template, identity: Identity | undefined): string | undefined {
  let missing = 0
  let placeholders = 0
  const rendered = template.map(part => {
    if (part.kind === 'text') return part.text
    placeholders++
    const value = identity && placeholderValue(part, identity)
    if (value === undefined) missing++
    return value ?? ''
  })
  return placeholders > 0 && missing === placeholders ? undefined : rendered.join('')
}

function placeholderValue(part: Exclude<TemplatePart, { kind: 'text' }>, identity: Identity): string | undefined {
  return encodeValue(part.kind === 'claim' ? claimAt(identity.claims, part.path) : identity[part.word])
}

function encodeValue(value: unknown): string | undefined {
  if (Array.isArray(value))
    return value.length === 0 ? undefined : value.map(encodeElement).filter(Boolean).join(',') || undefined
  if (typeof value === 'string') return value === '' ? undefined : encodeText(value)
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

/** A comma inside a list element would forge a second element, so it is escaped there. */
const encodeElement = (element: unknown): string =>
  typeof element === 'string' ? encodeText(element).replaceAll(',', '%2C') : ''

/**
 * Printable ASCII as it is; everything else, the percent sign itself and white space at either end as %XX of its UTF-8
 * bytes. No value can end a header line, be trimmed into another value, or be mistaken for an encoded one.
 */
function encodeText(text: string): string {
  return text.toWellFormed().replace(/^ +|(?<! ) +$|[^\x20-\x7e]+|%/g, part => {
    return Array.from(
      new TextEncoder().encode(part),
      byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    ).join('')
  })
}
