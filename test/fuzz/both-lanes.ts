// Both lanes before one upstream: what a client sees of the same bytes on each, and whether that is allowed to differ.
import { isDeepStrictEqual } from 'node:util'
import { SallyportError } from '../../src/core/errors.ts'
import { lanes } from '../../src/proxy/lanes.ts'
import { type Front, startFront } from '../support/front.ts'
import { openRaw } from '../support/raw.ts'
import { type Script, startUpstream, type Test } from '../support/upstream.ts'
import type { Fields } from '../support/wire.ts'
import type { Scene } from './scenes.ts'

export type Seen =
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'broken' }
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly headers: Fields
      readonly body: string
      readonly trailers: Fields
      readonly informational: readonly string[]
    }

export type Sight = { readonly http1: Seen; readonly undici: Seen }

export type BothLanes = { play(scene: Scene): Promise<Sight> }

export async function startBothLanes(t: Test): Promise<BothLanes> {
  const stage = { scene: undefined as Scene | undefined }
  const upstream = await startUpstream(t, { answer: acts(stage) })
  const route = { timeouts: { connectMs: 30_000, responseMs: 30_000, idleMs: 30_000 } }
  const start = (name: keyof typeof lanes) => startFront(t, { lane: lanes[name], upstream: upstream.address(), route })
  const fronts = { http1: await start('http1'), undici: await start('undici') }
  return {
    async play(scene) {
      stage.scene = scene
      return { http1: await look(fronts.http1, scene), undici: await look(fronts.undici, scene) }
    },
  }
}

const acts =
  (stage: { readonly scene: Scene | undefined }): Script =>
  async ({ socket }) => {
    socket.setNoDelay(true)
    const { pieces = [], ends = true } = stage.scene ?? {}
    for (const piece of pieces) {
      socket.write(piece, 'latin1')
      await new Promise(setImmediate)
    }
    if (!ends) return undefined
    socket.end()
    return false
  }

async function look(front: Front, { method }: Scene): Promise<Seen> {
  const client = await openRaw(front.port)
  const before = front.passages.length
  client.send(`${method} /x HTTP/1.1\r\nHost: app.test\r\n\r\n`)
  const answer = await client.answer(method)
  client.socket.destroy()
  await front.over(before + 1)
  const passage = front.passages.at(-1)
  if (passage instanceof SallyportError) return { kind: 'refused', code: passage.code }
  if (!answer) return { kind: 'broken' }
  const { status, headers, body, trailers, informational } = answer
  return {
    kind: 'answered',
    status,
    headers: headers.filter(([name]) => !ofThisHop.has(name.toLowerCase())),
    body,
    trailers,
    informational: informational.map(({ head }) => head),
  }
}

/** Written by the front for each connection by itself. */
const ofThisHop = new Set(['date', 'connection', 'keep-alive'])

/** Our own client may refuse more than undici does; what it takes, it takes for the same. */
export const isAllowed = ({ http1, undici }: Sight): boolean =>
  http1.kind !== 'answered' || isDeepStrictEqual(http1, undici)

/** Nothing is wrong with the bytes, so both have the same answer. */
export const isSame = ({ http1, undici }: Sight): boolean =>
  http1.kind === 'answered' && isDeepStrictEqual(http1, undici)
