// The smallest parts of the schema: a text is read into a value of ours, or refused in words.
import { z } from 'zod'
import { parseDuration, parseSize } from '../core/duration.ts'
import { parseRate, type Rate } from '../core/rate.ts'
import { isRefusal, type Refusal } from './problems.ts'

type Context = Pick<z.core.$RefinementCtx, 'addIssue'>

/** `title` names the kind of text in messages, in the reference and in the JSON Schema. */
export const leaf = <T>(title: string, example: string, read: (text: string) => T | Refusal) =>
  z
    .string()
    .meta({ title, examples: [example] })
    .transform((text, context) => accept(read(text), text, context))

function accept<T>(reading: T | Refusal, input: string, context: Context): T {
  if (!isRefusal(reading)) return reading
  context.addIssue({ code: 'custom', input, message: reading.refused, params: reading })
  return z.NEVER
}

/** A list that says something: an empty one could be read as "nobody" and as "everybody". */
export const someOf = <T extends z.ZodType>(item: T) => z.array(item).check(z.minLength(1))

const days = (count: number): number => count * 86_400_000

/** Timers cannot count further; Node would turn a longer wait into one millisecond. */
export const LONGEST_TIMER = days(24)

export const LONGEST_SESSION = days(365)

export const duration = (least: number, most: number) =>
  leaf<number>('duration', '30s', text => {
    const ms = parseDuration(text)
    if (ms === undefined)
      return { refused: 'is not a duration', wanted: 'write a number and ms, s, m, h or d, such as 30s' }
    if (ms < least) return { refused: 'is too short', wanted: `write ${printMs(least)} or more` }
    return ms > most ? { refused: 'is too long', wanted: `write ${printMs(most)} or less` } : ms
  })

function printMs(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ] as const
  const unit = units.find(([, size]) => ms >= size && ms % size === 0)
  return unit ? `${ms / unit[1]}${unit[0]}` : `${ms}ms`
}

export const size = (least: number, most: number) =>
  leaf<number>('size', '16KiB', text => {
    const bytes = parseSize(text)
    if (bytes === undefined)
      return { refused: 'is not a size', wanted: 'write a number and B, KiB, MiB or GiB, such as 16KiB' }
    if (bytes >= least && bytes <= most) return bytes
    return { refused: 'is out of bounds', wanted: `write a size from ${least}B to ${most}B` }
  })

export const rate = leaf<Rate>(
  'rate',
  '100/s',
  text =>
    parseRate(text) ?? {
      refused: 'is not a rate',
      wanted: 'write a number from 1 to 99999 and /s, /m or /h, such as 100/s',
    },
)

/** Names become metric labels and log fields. */
export const name = leaf<string>('name', 'grafana', text =>
  /^[a-z0-9][a-z0-9_.-]{0,62}$/.test(text)
    ? text
    : {
        refused: 'is not a name',
        wanted: 'write up to 63 of a-z, 0-9, "_", "." and "-", with a letter or digit first',
      },
)

export const plainText = leaf<string>('text', 'sallyport', text => {
  if (text === '') return { refused: 'is empty', wanted: 'write some text, or leave the key out' }
  if (/\p{Cc}/u.test(text)) return { refused: 'holds a control character', wanted: 'write one line of text' }
  return text === text.trim() ? text : { refused: 'begins or ends with white space', wanted: 'write it without' }
})

export const flag = (fallback: boolean) => z.boolean().default(fallback)
