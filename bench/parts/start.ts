// Cold start: from the birth of the process to its first answer on the public port.
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../../test/support/gate.ts'
import { browserRequest } from '../browser-request.ts'
import { residentBytes } from '../cpu.ts'
import { firstAnswer } from '../first-answer.ts'
import type { Pace } from '../pace.ts'
import { everybody, type Ground } from '../peers/peer.ts'
import { orderOf } from '../peers/sallyport.ts'
import { type Order, start as spawn } from '../program.ts'
import type { Shipped } from '../shipped.ts'
import { onStage } from '../stage.ts'
import { spread } from '../statistics.ts'
import { type Column, table } from '../table.ts'
import type { Circumstances, Findings } from './part.ts'

type Row = { readonly name: string; readonly ms: readonly number[]; readonly residentMb: readonly number[] }
type OrderAt = (port: number) => Promise<Order>

export async function start({ ground, shipped, pace }: Circumstances): Promise<Findings> {
  const gateway = await measure('Sallyport', port => orderOf(ground, { shipped }, port), pace)
  const bare = await measure('node:http that answers', port => bareOrder(ground, shipped, port), pace)
  return {
    title: 'Start',
    markdown: [explanation(pace), table(columns, [gateway, bare])].join('\n'),
    figures: { 'cold start': spread(gateway.ms), 'RSS idle': spread(gateway.residentMb) },
  }
}

const explanation = ({ starts, settleMs }: Pace): string => `
${starts} starts, from the birth of the process to the first byte of the first page that it forwards, with its files in the page cache.
The memory is what the process has resident ${settleMs / 10} ms later.
`

const columns: ReadonlyArray<Column<Row>> = [
  { title: 'program', cell: ({ name }) => name },
  { title: 'median ms', align: 'right', cell: ({ ms }) => spread(ms).median.toFixed(0) },
  { title: 'min ms', align: 'right', cell: ({ ms }) => spread(ms).min.toFixed(0) },
  { title: 'max ms', align: 'right', cell: ({ ms }) => spread(ms).max.toFixed(0) },
  { title: 'RSS MB', align: 'right', cell: ({ residentMb }) => spread(residentMb).median.toFixed(0) },
]

async function measure(name: string, orderAt: OrderAt, { starts, settleMs }: Pace): Promise<Row> {
  const ms: number[] = []
  const residentMb: number[] = []
  // The first one is not counted: it reads the files from the disk.
  for (let index = 0; index <= starts; index++) {
    const one = await startOnce(await freePort(), orderAt, settleMs / 10)
    if (index === 0) continue
    ms.push(one.ms)
    residentMb.push(one.residentMb)
  }
  return { name, ms, residentMb }
}

const startOnce = async (port: number, orderAt: OrderAt, settleMs: number) => {
  const order = await orderAt(port)
  const request = browserRequest({ path: `${everybody.base}/page`, host: `localhost:${port}` })
  return onStage(async stage => {
    const began = performance.now()
    const program = spawn(stage, order)
    await firstAnswer(port, request)
    const ms = performance.now() - began
    await pause(settleMs)
    return { ms, residentMb: residentBytes(program.pid) / 1e6 }
  })
}

/** What Node itself takes. */
const bareOrder = async ({ cores }: Ground, { flags }: Shipped, port: number): Promise<Order> => ({
  ...{ cores, port, name: 'node' },
  files: {
    'main.mjs': `import { createServer } from 'node:http'\ncreateServer((_, answer) => answer.end('here')).listen(${port}, '127.0.0.1')`,
  },
  command: folder => [process.execPath, ...flags, `${folder}/main.mjs`],
})
