// How a crossing asks an upstream, whichever lane carries it: one question, and an answer that is told in pieces at the pace of who asked.
import type { IncomingMessage } from 'node:http'
import type { SallyportError } from '../core/errors.ts'
import type { Route } from '../core/route.ts'
import type { UpstreamRequest } from './upstream-request.ts'

export type Question = {
  readonly route: Pick<Route, 'timeouts'>
  readonly request: UpstreamRequest
  /** The client's message; only its body is read. */
  readonly req: IncomingMessage
  /** The longest request body; undefined: any length. */
  readonly bodyBytes: number | undefined
}

/** One question under way. */
export type Asking = {
  pause(): void
  resume(): void
  /** Gives it up: nothing more is told, and what the client is still uploading is read and thrown away. */
  drop(): void
}

/** Who asked. It is told of any number of informational answers, one head, the body in pieces and the end; or of a failure, last. */
export type Asker = {
  onInformational(status: number, rawHeaders: readonly string[]): void
  onHead(status: number, rawHeaders: readonly string[]): void
  onBody(part: Buffer): void
  onEnd(rawTrailers: readonly string[]): void
  onFailure(failure: Failure): void
}

export type Failure = {
  readonly error: SallyportError
  /** A connection that had carried answers before ended before a byte of this one had come. */
  readonly stale: boolean
}

/** The connections of one lane to one upstream. */
export type Connections = {
  /** `again`: a connection was stale; it should be a fresh one now. */
  ask(question: Question, asker: Asker, again: boolean): Asking
  /** No connection outlives its question from here on. */
  close(): Promise<void>
}
