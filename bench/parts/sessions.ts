// Memory with 100,000 sessions, begun one after the other through the gateway's own session room.
import { compileCrowd, type Measured, measureCrowd } from '../crowded.ts'
import type { Pace } from '../pace.ts'
import { spread } from '../statistics.ts'
import { type Column, table } from '../table.ts'
import type { Circumstances, Findings } from './part.ts'

type Row = Measured & { readonly name: string }

export async function sessions({ ground, shipped, pace }: Circumstances): Promise<Findings> {
  const folder = compileCrowd(ground.stage)
  const crowd = {
    folder,
    upstream: `http://127.0.0.1:${ground.upstream}`,
    count: pace.sessions,
    flags: shipped.flags,
    settleMs: pace.settleMs,
  }
  const rows: Row[] = []
  for (const kind of ['usual', 'jwts'] as const)
    rows.push({ name: names[kind], ...(await measureCrowd(ground.stage, { ...crowd, kind })) })
  const usual = rows[0]
  return {
    title: 'Sessions',
    markdown: [explanation(pace), table(columnsFor(pace.sessions), rows)].join('\n'),
    figures: usual && pace.sessions === GOAL_SESSIONS ? { 'RSS full': spread([usual.fullMb]) } : {},
    faults: rows.filter(({ failed }) => failed > 0).map(({ name, failed }) => `${name}: ${failed} were not let in`),
  }
}

const GOAL_SESSIONS = 100_000

const names = {
  usual: 'an RS256 ID token, opaque access and refresh tokens',
  jwts: 'three JWTs, as Keycloak gives out',
}

const explanation = ({ sessions, settleMs }: Pace): string => `
Resident memory of the gateway with ${sessions.toLocaleString('en')} sessions in its memory store: they are begun, a thousand of their
visitors ask for a page, ${settleMs / 1000} s pass.
`

const columnsFor = (count: number): ReadonlyArray<Column<Row>> => [
  { title: 'tokens of each session', cell: ({ name }) => name },
  { title: 'empty MB', align: 'right', cell: ({ emptyMb }) => emptyMb.toFixed(0) },
  { title: 'full MB', align: 'right', cell: ({ fullMb }) => fullMb.toFixed(0) },
  { title: 'bytes each', align: 'right', cell: row => (((row.fullMb - row.emptyMb) * 1e6) / count).toFixed(0) },
]
