// What the lane suites share: a lane between a scripted upstream and a raw client, and a few words of HTTP.
import type { Test } from 'tap'
import type { Lane } from '../../../src/proxy/lane.ts'
import { type Front, type FrontOptions, startFront } from '../../support/front.ts'
import { startUpstream, type TestUpstream, type UpstreamOptions } from '../../support/upstream.ts'

export type Setting = UpstreamOptions & { readonly front?: Partial<FrontOptions> }

export type Start = (t: Test, setting?: Setting) => Promise<{ upstream: TestUpstream; front: Front }>

export const startsWith =
  (lane: Lane): Start =>
  async (t, { front: options, ...scripted } = {}) => {
    const upstream = await startUpstream(t, scripted)
    const front = await startFront(t, { lane, upstream: upstream.address(), ...options })
    return { upstream, front }
  }

export const get = 'GET /x HTTP/1.1\r\nHost: app.test\r\n\r\n'

export const ok = (body: string, more = ''): string =>
  `HTTP/1.1 200 OK\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`

/** Settles when a count that grows has stopped growing. */
export async function stalls(count: () => number): Promise<void> {
  for (let before = -1, same = 0; same < 10; ) {
    await new Promise(resolve => setTimeout(resolve, 30))
    same = count() === before ? same + 1 : 0
    before = count()
  }
}
