// The goals of the project, and whether a run has reached them.

import type { Figures } from './parts/part.ts'
import { apacheClientCookie, apacheServerCache } from './peers/apache.ts'
import { caddy } from './peers/caddy.ts'
import { nginx, nginxAuthRequest } from './peers/nginx.ts'
import type { Spread } from './statistics.ts'
import { type Column, table } from './table.ts'

type Goal = {
  /** By this name the figure is found. */
  readonly figure: string
  readonly words: string
  readonly unit: string
  readonly bound: readonly ['at least' | 'at most', number]
}

const goals: readonly Goal[] = [
  {
    figure: apacheServerCache.name,
    words: 'requests per core against mod_auth_openidc with its server cache (memory store)',
    ...{ unit: '×', bound: ['at least', 4] },
  },
  {
    figure: apacheClientCookie.name,
    words: 'requests per core against mod_auth_openidc with its client cookie (cookie store)',
    ...{ unit: '×', bound: ['at least', 5] },
  },
  {
    figure: nginx.name,
    words: 'requests per core against nginx without any login',
    ...{ unit: '×', bound: ['at least', 0.4] },
  },
  {
    figure: nginxAuthRequest.name,
    words: 'requests per core against nginx with auth_request',
    ...{ unit: '×', bound: ['at least', 0.7] },
  },
  {
    figure: caddy.name,
    words: 'requests per core against Caddy, a bare proxy in Go',
    ...{ unit: '×', bound: ['at least', 2.4] },
  },
  {
    figure: 'authentication',
    words: 'CPU time of authentication, over our own bare forwarding',
    ...{ unit: 'µs', bound: ['at most', 12] },
  },
  { figure: '10 MB down', words: 'download of 10 MB, CPU time per MB', ...{ unit: '× nginx', bound: ['at most', 1] } },
  {
    figure: 'websocket echo',
    words: 'websocket message of 4 KB there and back, CPU time',
    ...{ unit: '× nginx', bound: ['at most', 1] },
  },
  { figure: 'idle websocket', words: 'memory of an idle websocket', ...{ unit: 'KiB', bound: ['at most', 16] } },
  { figure: 'RSS idle', words: 'resident memory, idle', ...{ unit: 'MB', bound: ['at most', 90] } },
  {
    figure: 'RSS full',
    words: 'resident memory with 100,000 sessions',
    ...{ unit: 'MB', bound: ['at most', 190] },
  },
  { figure: 'cold start', words: 'cold start to the first answer', ...{ unit: 'ms', bound: ['at most', 250] } },
  {
    figure: 'p99',
    words: 'p99 at 2,000 requests a second, against mod_auth_openidc with its server cache',
    ...{ unit: '×', bound: ['at most', 1] },
  },
  {
    figure: 'many routes',
    words: 'a request with 10,000 routes, against one with ten, CPU time',
    ...{ unit: '×', bound: ['at most', 2] },
  },
  {
    figure: 'many routes, match',
    words: 'finding the route among 10,000, against ten',
    ...{ unit: '×', bound: ['at most', 2] },
  },
]

export function goalsTable(figures: Figures): string {
  const columns: ReadonlyArray<Column<Goal>> = [
    { title: 'goal', cell: ({ words }) => words },
    { title: 'wanted', align: 'right', cell: ({ bound, unit }) => `${sign(bound[0])} ${bound[1]} ${unit}` },
    { title: 'measured', align: 'right', cell: ({ figure, unit }) => say(figures[figure], unit) },
    { title: 'reached', cell: goal => verdict(goal, figures[goal.figure]) },
  ]
  return table(columns, goals)
}

const sign = (side: Goal['bound'][0]): string => (side === 'at least' ? '≥' : '≤')

function say(figure: Spread | undefined, unit: string): string {
  if (!figure) return '–'
  const { median, min, max } = figure
  const digits = Math.abs(median) < 10 ? 2 : 0
  const text = `${median.toFixed(digits)} ${unit}`
  return min === max ? text : `${text} (${min.toFixed(digits)}–${max.toFixed(digits)})`
}

function verdict({ bound: [side, limit] }: Goal, figure: Spread | undefined): string {
  if (!figure) return 'not measured'
  const isReached = side === 'at least' ? figure.median >= limit : figure.median <= limit
  return isReached ? 'yes' : 'no'
}
