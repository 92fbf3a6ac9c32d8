// An answer of our own as a value: who makes it need not know whether Fastify or a bare socket will carry it.
import type { ServerResponse } from 'node:http'
import type { Html } from '../pages/html.ts'
import { pageHeaders } from '../pages/page-headers.ts'

export type Answer = {
  readonly status: number
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  readonly body: string
}

/** Own answers are never stored: Back must not replay a login (RFC 9111 5.2.2.5). */
const notStored = [
  ['Cache-Control', 'no-store'],
  ['X-Content-Type-Options', 'nosniff'],
] as const

/** `form` for a page with a button that posts, `formless` for all others: their policy differs. */
export const pageAnswer = (status: number, html: Html, kind: 'form' | 'formless'): Answer => ({
  status,
  headers: [['content-type', 'text/html; charset=utf-8'], ...Object.entries(pageHeaders(kind))],
  body: html,
})

export const jsonAnswer = (status: number, value: object, type = 'application/json'): Answer => ({
  status,
  headers: [['Content-Type', type], ...notStored],
  body: `${JSON.stringify(value)}\n`,
})

export type Problem = {
  readonly status: number
  readonly code: string
  readonly sentence: string
  readonly requestId: string
}

/** RFC 9457 problem details. */
export const problemAnswer = ({ status, code, sentence, requestId }: Problem, more: object = {}): Answer =>
  jsonAnswer(
    status,
    { type: 'about:blank', title: sentence, status, code, requestId, ...more },
    'application/problem+json',
  )

/** 303: whatever the method was, the next request is a GET without this one's body (RFC 9110 15.4.4). */
export const redirectAnswer = (location: string, status: 302 | 303 = 303): Answer => ({
  status,
  headers: [['Location', location], ['Referrer-Policy', 'no-referrer'], ...notStored],
  body: '',
})

export const withCookies = (answer: Answer, setCookies: readonly string[]): Answer =>
  withHeaders(
    answer,
    setCookies.map(line => ['Set-Cookie', line] as const),
  )

export const withHeaders = (answer: Answer, more: Answer['headers']): Answer => ({
  ...answer,
  headers: [...answer.headers, ...more],
})

/** Writes an answer, once. With `close`, the connection ends behind it. */
export function send(res: ServerResponse, answer: Answer, { close }: { close: boolean }): void {
  const headers = answer.headers.flat()
  headers.push('Content-Length', String(Buffer.byteLength(answer.body)))
  if (close) {
    headers.push('Connection', 'close')
    res.shouldKeepAlive = false
  }
  res.writeHead(answer.status, headers)
  res.end(answer.body)
}
