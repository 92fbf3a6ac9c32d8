// What every lane must do, tried on real sockets: a bare upstream on one side, a bare client on the other.
import type { Test } from 'tap'
import type { Lane } from '../../src/proxy/lane.ts'
import { laneAnswers } from './lane/answers.ts'
import { laneConnections } from './lane/connections.ts'
import { laneHttps } from './lane/https.ts'
import { laneInterrupting } from './lane/interrupting.ts'
import { laneLeaving } from './lane/leaving.ts'
import { laneRequests } from './lane/requests.ts'
import { laneTrouble } from './lane/trouble.ts'

export function laneContract(t: Test, lane: Lane): void {
  t.test('requests', async t => laneRequests(t, lane))
  t.test('answers', async t => laneAnswers(t, lane))
  t.test('connections', async t => laneConnections(t, lane))
  t.test('leaving', async t => laneLeaving(t, lane))
  t.test('interrupting', async t => laneInterrupting(t, lane))
  t.test('trouble', async t => laneTrouble(t, lane))
  t.test('https upstreams', async t => laneHttps(t, lane))
}
