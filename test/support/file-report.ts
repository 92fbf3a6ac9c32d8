// What the events of one test file add up to: its named tests, each passed, failed or skipped, counted once.
import { inspect, stripVTControlCharacters } from 'node:util'

export type Failure = { readonly path: string; readonly text: string }
export type Skip = { readonly path: string; readonly reason: string }

export type FileReport = {
  readonly passed: number
  readonly failures: readonly Failure[]
  readonly skips: readonly Skip[]
  readonly durationMs: number
  /** What the file printed; worth reading only when it failed. */
  readonly output: string
}

/** The part of an event of Node's test runner that we read. */
export type Reported = {
  readonly name?: string
  readonly nesting: number
  readonly skip?: string | boolean
  readonly todo?: string | boolean
  readonly details: { readonly type?: string; readonly error?: Error; readonly duration_ms?: number }
}

/** How the process of a file ended. */
export type Ending = { readonly passed: boolean; readonly durationMs: number; readonly how: string }

/** An open subtest while its events come in. */
type Open = { readonly name: string; named: boolean; readonly complaints: string[] }

/**
 * Collects the events of one file. tap reports single assertions too; a test counts when it has a name of its own and no
 * named test inside. What a group asserts beside its tests is counted only when it fails.
 */
export class FileRecord {
  readonly #open: (Open | undefined)[] = []
  readonly #root: Open = { name: 'outside any test', named: false, complaints: [] }
  readonly #failures: Failure[] = []
  readonly #skips: Skip[] = []
  #passed = 0
  #output = ''
  #ending: Ending | undefined

  start({ name = '', nesting }: Pick<Reported, 'name' | 'nesting'>): void {
    this.#open.length = nesting
    this.#open[nesting] = { name, named: false, complaints: [] }
  }

  finish(reported: Reported): void {
    // A test that ran and asserted through something else than tap, as properties do: tap calls it skipped.
    if (reported.skip === true && (reported.details.duration_ms ?? 0) > 0) this.#finishTest(reported)
    else if (reported.skip) this.#skip(reported, reason(reported.skip))
    else if (reported.todo) this.#skip(reported, `todo: ${reason(reported.todo)}`)
    else if (reported.details.type === 'suite') this.#finishTest(reported)
    else this.#finishAssertion(reported)
  }

  print(text: string): void {
    this.#output += text
  }

  end(ending: Ending): void {
    this.#ending = ending
  }

  report(): FileReport {
    return {
      passed: this.#passed,
      failures: [...this.#failures, ...this.#failuresOfTheFile()],
      skips: this.#skips,
      durationMs: this.#ending?.durationMs ?? 0,
      output: this.#output,
    }
  }

  /** A file must end well, and must have run something that has a name. */
  #failuresOfTheFile(): Failure[] {
    const whole = (text: string): Failure[] => [{ path: 'the file itself', text }]
    if (this.#root.complaints.length > 0) return [{ path: this.#root.name, text: this.#root.complaints.join('\n\n') }]
    if (!this.#ending?.passed && this.#failures.length === 0) return whole(this.#ending?.how ?? 'did not finish')
    return this.#failures.length + this.#passed + this.#skips.length === 0 ? whole('ran no named test') : []
  }

  #finishTest({ name = '', nesting, details }: Reported): void {
    const test = this.#open[nesting]
    this.#parent(nesting).named = true
    if (test && test.complaints.length > 0) this.#fail(this.#path(nesting, name), test.complaints)
    else if (!test?.named && details.error) this.#fail(this.#path(nesting, name), [explain(details.error)])
    else if (!test?.named) this.#passed++
  }

  #finishAssertion({ nesting, details }: Reported): void {
    if (details.error) this.#parent(nesting).complaints.push(explain(details.error))
  }

  #skip({ name = '', nesting }: Reported, why: string): void {
    this.#parent(nesting).named = true
    this.#skips.push({ path: this.#path(nesting, name), reason: why })
  }

  #fail(path: string, complaints: readonly string[]): void {
    this.#failures.push({ path, text: complaints.join('\n\n') })
  }

  #parent(nesting: number): Open {
    return this.#open[nesting - 1] ?? this.#root
  }

  #path(nesting: number, name: string): string {
    const above = this.#open.slice(0, nesting).flatMap(test => (test ? [test.name] : []))
    return [...above, name].join(' › ')
  }
}

const reason = (skip: string | boolean | undefined): string =>
  typeof skip === 'string' && skip !== '' ? skip : 'no reason given'

/** Message with diff and source line, what else tap knows (found, wanted), and the stack. */
function explain(error: Error): string {
  const cause = error.cause instanceof Error ? error.cause : error
  const { stack: _, message: __, ...facts } = Object.fromEntries(Object.entries(cause))
  const stack = (error.stack ?? '').split('\n').filter(line => !line.includes('node_modules') && /:\d+:\d+/.test(line))
  const parts = [cause.message, Object.keys(facts).length > 0 ? inspect(facts, { depth: 8 }) : '', stack.join('\n')]
  return stripVTControlCharacters(parts.filter(Boolean).join('\n')).replace(/ +$/gm, '')
}
