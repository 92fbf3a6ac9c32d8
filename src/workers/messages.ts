// What the crew's foreman and its workers say to each other. Everything is JSON.
import type { Readiness } from '../http/admin.ts'
import type { Where } from '../http/listen.ts'
import type { Figures } from '../http/metrics-sum.ts'

/** Set in the environment of a process that is a worker. */
export const WORKER_MARK = 'SALLYPORT_WORKER'

/** A configuration as everybody shall understand it: the file may be another by the time a worker is replaced. */
export type Orders = {
  readonly text: string
  readonly folder: string
  /** PEM: signs assertions where the configuration names no key, so that one is made for all. */
  readonly spareKey: string
}

export type ToWorker =
  | { readonly kind: 'begin'; readonly orders: Orders }
  | { readonly kind: 'reload'; readonly turn: number; readonly orders: Orders }
  | { readonly kind: 'report' }
  | { readonly kind: 'stop' }

export type Report = { readonly readiness: Readiness; readonly figures: Figures }

export type FromWorker =
  | { readonly kind: 'listening'; readonly at: Where }
  /** It could not begin, and ends. */
  | { readonly kind: 'failed'; readonly why: string }
  /** `turn`: of the reload that this is the answer to. */
  | { readonly kind: 'reloaded'; readonly turn: number; readonly done: boolean }
  | { readonly kind: 'report'; readonly report: Report }
