// The head of an answer, read from the bytes that came.
import { BROKEN, type Fault, lineEnd, PART, readFields } from './http1-fields.ts'

export type Head = {
  readonly status: number
  readonly isHttp10: boolean
  /** Name, value, name, value. */
  readonly rawHeaders: readonly string[]
}

/** `end`: where in the bytes the head is over. */
export type HeadReading = { readonly head: Head; readonly end: number } | Fault | 'part'

export const MOST_HEAD_BYTES = 65_536

const endOfHead = Buffer.from('\r\n\r\n')
const notHttp: Fault = { found: 'something that is not HTTP/1.1' }
const tooLong: Fault = { found: `a head of more than ${MOST_HEAD_BYTES} bytes` }

/** A head of which only a part is there is judged by its whole lines, so that nobody waits for the rest of something that is no HTTP. */
export function readHead(bytes: Buffer, from: number): HeadReading {
  const found = bytes.indexOf(endOfHead, from)
  const end = found < 0 ? bytes.length : found + endOfHead.length
  const text = bytes.toString('latin1', from, Math.min(end, from + MOST_HEAD_BYTES))
  const reading = readText(text)
  if (reading === 'part') return end - from > MOST_HEAD_BYTES ? tooLong : 'part'
  return 'found' in reading ? reading : { head: reading, end }
}

const statusLine = /^HTTP\/1\.[01] [1-9]\d\d(?: .*)?$/

function readText(text: string): Head | Fault | 'part' {
  const end = lineEnd(text, 0)
  if (end === PART) return 'HTTP/1.'.startsWith(text.slice(0, 7)) ? 'part' : notHttp
  const line = text.slice(0, end)
  if (end === BROKEN || !statusLine.test(line)) return notHttp
  const rawHeaders: string[] = []
  const over = readFields(text, end + 2, rawHeaders)
  if (over === PART) return 'part'
  if (typeof over !== 'number') return over
  return { status: Number(line.slice(9, 12)), isHttp10: line[7] === '0', rawHeaders }
}
