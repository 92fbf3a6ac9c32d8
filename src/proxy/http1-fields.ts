// Lines of HTTP/1.1 as RFC 9112 writes them, read from text in one pass. What is not exactly that is a fault and never a guess.

/** What was found instead; in words that never quote it, because they go to the log. */
export type Fault = { readonly found: string }

/** More field lines than this are no head and no trailer section. */
const MOST_FIELDS = 500

/** The text ends before the line does. */
export const PART = -1
/** A character stands in the line that may not: a control character, or half a line break. */
export const BROKEN = -2

const TAB = 0x09
const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const DELETE = 0x7f

/** Where the line that begins at `from` has its CRLF, or PART, or BROKEN. */
export function lineEnd(text: string, from: number): number {
  let at = from
  while (at < text.length && mayStandInLine(text.charCodeAt(at))) at++
  if (at === text.length) return PART
  if (text.charCodeAt(at) !== CR) return BROKEN
  if (at + 1 === text.length) return PART
  return text.charCodeAt(at + 1) === LF ? at : BROKEN
}

const mayStandInLine = (code: number): boolean => (code >= SPACE && code !== DELETE) || code === TAB

const brokenLine: Fault = { found: 'a control character or half a line break' }
const namelessLine: Fault = { found: 'a header line without a proper name' }
const tooManyLines: Fault = { found: `more than ${MOST_FIELDS} header lines` }

/** Reads field lines up to the empty one, as name, value, name, value. Says where the text goes on behind them, or PART. */
export function readFields(text: string, from: number, into: string[]): number | Fault {
  for (let at = from; ; ) {
    const end = lineEnd(text, at)
    if (end === at) return at + 2
    if (end < 0) return end === PART ? PART : brokenLine
    const colon = text.indexOf(':', at)
    const name = colon < end ? text.slice(at, colon) : ''
    if (!token.test(name)) return namelessLine
    if (into.push(name, valueBetween(text, colon + 1, end)) > 2 * MOST_FIELDS) return tooManyLines
    at = end + 2
  }
}

/** A folded line begins with a blank, so it has no proper name: RFC 9112 5.2 leaves it to us to refuse it. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/**
 * Without the blanks around it; but a tab behind it stays. Some readers take no length and no coding with one, so these are refused like
 * that, and nothing else minds it.
 */
export function valueBetween(text: string, from: number, to: number): string {
  let [start, end] = [from, to]
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && text.charCodeAt(end - 1) === SPACE) end--
  return text.slice(start, end)
}

const isBlank = (code: number): boolean => code === SPACE || code === TAB
