// What an administrator may ask for, read strictly: a misspelt field must not turn "one person" into "everybody".
import type { SessionFilter } from '../core/session.ts'

export type Reading<T> = { readonly ok: true; readonly wish: T } | { readonly ok: false; readonly wanted: string }

export type ListWish = { readonly filter: SessionFilter; readonly limit: number; readonly cursor: string | undefined }

export type Person = { readonly issuer: string; readonly subject: string }

/** One person as their provider calls them, or everybody with a user name here. */
export type EndWish = Person | { readonly user: string }

/** `at` in epoch milliseconds. */
export type NotBeforeWish = Person & { readonly at: number }

const USUAL_PAGE = 100
const LARGEST_PAGE = 1000
const LONGEST_TEXT = 2048

export function readListWish(query: unknown): Reading<ListWish> {
  const texts = readTexts(query, ['user', 'subject', 'issuer', 'provider', 'limit', 'cursor'])
  if (!texts.ok) return texts
  const { limit = String(USUAL_PAGE), cursor, ...filter } = texts.wish
  if (!/^[1-9]\d{0,3}$/.test(limit) || Number(limit) > LARGEST_PAGE)
    return refused(`"limit" must be a number from 1 to ${LARGEST_PAGE}`)
  return { ok: true, wish: { filter, limit: Number(limit), cursor } }
}

export function readEndWish(body: unknown): Reading<EndWish> {
  const texts = readTexts(body, ['issuer', 'subject', 'user'])
  if (!texts.ok) return texts
  const { issuer, subject, user } = texts.wish
  if (user !== undefined && issuer === undefined && subject === undefined) return { ok: true, wish: { user } }
  if (user === undefined && issuer !== undefined && subject !== undefined)
    return { ok: true, wish: { issuer, subject } }
  return refused('either "issuer" and "subject", or "user" alone')
}

/** Without `at` it is now. A time to come would lock the person out, because no new session could reach it. */
export function readNotBeforeWish(body: unknown, now: number): Reading<NotBeforeWish> {
  const texts = readTexts(body, ['issuer', 'subject', 'at'])
  if (!texts.ok) return texts
  const { issuer, subject, at } = texts.wish
  if (issuer === undefined || subject === undefined) return refused('"issuer" and "subject"')
  const time = at === undefined ? now : readTime(at)
  if (time === undefined) return refused('"at" must be a time such as 2026-11-23T14:30:00Z')
  return time > now ? refused('"at" must not lie in the future') : { ok: true, wish: { issuer, subject, at: time } }
}

/** RFC 3339 5.6; a time without its zone is half a time. */
function readTime(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/.test(text)) return undefined
  const time = Date.parse(text)
  return Number.isNaN(time) ? undefined : time
}

type Texts<K extends string> = { readonly [key in K]?: string }

function readTexts<K extends string>(value: unknown, known: readonly K[]): Reading<Texts<K>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refused(`a JSON object with some of: ${known.join(', ')}`)
  for (const [name, text] of Object.entries(value)) {
    if (!known.some(other => other === name)) return refused(`only these fields: ${known.join(', ')}`)
    if (typeof text !== 'string' || text === '' || text.length > LONGEST_TEXT)
      return refused(`"${name}" must be one text of 1 to ${LONGEST_TEXT} characters`)
  }
  return { ok: true, wish: value }
}

const refused = (wanted: string) => ({ ok: false, wanted }) as const
