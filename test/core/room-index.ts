// Rooms by path, in a spelling of one's own.
import t from 'tap'
import { type Room, roomIndex, type Spelling } from '../../src/core/room-index.ts'

const own: Room = { path: '/own', exact: false, routes: [] }
const room = (path: string, exact = false): Room => ({ path, exact, routes: [] })
const asIs: Spelling = { ofRoom: path => path, ofPath: path => path, endSlashMatters: true }
const lower: Spelling = {
  ofRoom: path => path.toLowerCase(),
  ofPath: path => path.toLowerCase(),
  endSlashMatters: false,
}

t.test('an exact path comes before the longest prefix', async t => {
  const [front, inner, exact] = [room(''), room('/a/b'), room('/a/b', true)]
  const index = roomIndex(own, [front, inner, exact], asIs)
  t.same(index.find('/a/b'), [exact])
  t.same(index.find('/a/b/'), [inner])
  t.same(index.find('/a/b/c/d'), [inner])
  t.same(index.find('/a/bc'), [front])
  t.same(index.find('/a'), [front])
  t.same(index.find('/own/x'), [own])
  t.same(roomIndex(own, [inner], asIs).find('/x'), [])
})

t.test('paths that are one in a spelling lead to several rooms', async t => {
  const [upper, plain, exact] = [room('/A'), room('/a'), room('/Healthz', true)]
  const index = roomIndex(own, [upper, plain, exact], lower)
  t.same(index.find('/a/x'), [upper, plain])
  t.same(index.find('/OWN'), [own])
  t.same(index.find('/healthz/'), [exact])
})
