// The reporter of the test run: one line per file, failures in full, skips by name and reason, and totals on a line of their own.
import { relative, resolve } from 'node:path'
import { type Ending, FileRecord, type FileReport, type Reported } from './file-report.ts'

export type Tally = { readonly passed: number; readonly failed: number; readonly skipped: number }

export const emptyTally: Tally = { passed: 0, failed: 0, skipped: 0 }

export const addTallies = (one: Tally, other: Tally): Tally => ({
  passed: one.passed + other.passed,
  failed: one.failed + other.failed,
  skipped: one.skipped + other.skipped,
})

/** `12 passed, 0 failed`, and the skipped ones when there are any. */
export const tallyLine = ({ passed, failed, skipped }: Tally): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`

/** The fields that we read of any event; each kind of event carries some of them. */
type EventData = Partial<Reported> & {
  readonly file?: string
  readonly entryFile?: string
  readonly message?: string
  readonly details?: Reported['details'] & {
    readonly passed?: boolean
    readonly duration_ms?: number
    readonly error?: Error & { readonly exitCode?: number | null; readonly signal?: string | null }
  }
}

export type Events = AsyncIterable<{ readonly type: string; readonly data: unknown }>

/** As `node --test --test-reporter=./test/support/reporter.ts FILE` calls it. */
export default async function* reporter(events: Events): AsyncGenerator<string> {
  yield `\n${tallyLine(yield* report(events))}\n`
}

/** Yields what is to be printed; returns the totals. */
export async function* report(events: Events): AsyncGenerator<string, Tally> {
  const records = new Map<string, FileRecord>()
  const reports = new Map<string, FileReport>()
  let current = ''
  for await (const { type, data } of events) {
    const file = take(records, type, (data ?? {}) as EventData)
    // The runner tells about one file after the other: when it comes to the next one, the last one is complete.
    if (!file || file === current || !tellsInOrder.has(type)) continue
    yield* close(records, reports, current)
    current = file
  }
  for (const file of records.keys()) yield* close(records, reports, file)
  return [...reports.values()].map(tallyOf).reduce(addTallies, emptyTally)
}

const tellsInOrder = new Set(['test:start', 'test:pass', 'test:fail'])

function* close(records: Map<string, FileRecord>, reports: Map<string, FileReport>, file: string): Generator<string> {
  if (reports.has(file)) return
  const outcome = records.get(file)?.report()
  if (!outcome) return
  reports.set(file, outcome)
  yield describe(relative(process.cwd(), file), outcome)
}

/** Hands an event to the record of its file, and says which file that was. */
function take(records: Map<string, FileRecord>, type: string, data: EventData): string | undefined {
  const named = data.entryFile ?? data.file
  if (!named) return undefined
  const file = resolve(named)
  const record = records.get(file) ?? new FileRecord()
  records.set(file, record)
  if (type === 'test:stdout' || type === 'test:stderr') record.print(data.message ?? '')
  // Only what comes out of a file names its entry file; the rest is the runner speaking about the file as a whole.
  else if (!data.entryFile && type === 'test:complete') record.end(endingOf(data))
  else if (data.entryFile && type === 'test:start') record.start({ nesting: 0, ...data })
  else if (data.entryFile && (type === 'test:pass' || type === 'test:fail'))
    record.finish({ nesting: 0, details: {}, ...data })
  return file
}

function endingOf({ details = {} }: EventData): Ending {
  const { exitCode, signal } = details.error ?? {}
  const how = signal ? `was ended by ${signal}` : `ended with exit code ${exitCode ?? 'unknown'}`
  return { passed: details.passed === true, durationMs: details.duration_ms ?? 0, how }
}

const tallyOf = ({ passed, failures, skips }: FileReport): Tally => ({
  passed,
  failed: failures.length,
  skipped: skips.length,
})

function describe(file: string, outcome: FileReport): string {
  const failed = outcome.failures.length > 0
  const lines = [
    `${failed ? 'FAIL' : 'ok  '} ${file}  ${tallyLine(tallyOf(outcome))}  ${Math.round(outcome.durationMs)} ms`,
    ...outcome.skips.map(({ path, reason }) => `  skipped: ${path} (${reason})`),
    ...outcome.failures.map(({ path, text }) => `\n  failed: ${file} › ${path}\n${indent(text)}\n`),
  ]
  if (failed && outcome.output.trim()) lines.push(`  it printed:\n${indent(outcome.output.trimEnd())}\n`)
  return `${lines.join('\n')}\n`
}

const indent = (text: string): string => text.replace(/^(?=.)/gm, '    ')
