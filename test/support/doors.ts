// The ways into the gateway that a path can take, each of nobody and of somebody who may not enter `/admin`, and what may come of a path there.
import { allReadings } from '../core/fixtures/backends.ts'
import { type Fort, type Impact, refused, type Test, websocketFields } from './attack.ts'

export type Doors = {
  /** Whoever throws this reaches only rooms that are open to them, and only paths that every backend takes for one of that room. */
  judge(t: Test, targets: readonly string[]): Promise<void>
  /** The same, and nobody reaches the upstream at all. */
  denies(t: Test, targets: readonly string[]): Promise<void>
  /** 400 at every door: the target is refused for its form, whoever sends it. */
  rejects(t: Test, targets: readonly string[]): Promise<void>
}

export async function openDoors(fort: Fort): Promise<Doors> {
  const { request, strike } = fort
  const bob = `Cookie: ${await fort.signIn('bob')}`
  const doors: Readonly<Record<string, (target: string) => string>> = {
    'a request of nobody': target => request(`GET ${target} HTTP/1.1`),
    'a request of bob': target => request(`GET ${target} HTTP/1.1`, bob),
    'a HEAD of bob': target => request(`HEAD ${target} HTTP/1.1`, bob),
    'a websocket of nobody': target => request(`GET ${target} HTTP/1.1`, ...websocketFields),
    'a websocket of bob': target => request(`GET ${target} HTTP/1.1`, bob, ...websocketFields),
    'a preflight of nobody': target =>
      request(`OPTIONS ${target} HTTP/1.1`, 'Origin: http://evil.test', 'Access-Control-Request-Method: DELETE'),
    'a preflight of bob': target => request(`OPTIONS ${target} HTTP/1.1`, bob),
  }
  const throwAt = async (t: Test, targets: readonly string[], judge: (door: string, blow: Blow) => string[]) => {
    for (const [door, bytes] of Object.entries(doors)) {
      const found: string[] = []
      for (const target of targets.filter(isSendable).map(onTheWire))
        found.push(...judge(door, { target, ...(await strike(bytes(target))) }))
      t.same(found, [], door)
    }
  }
  return {
    judge: (t, targets) => throwAt(t, targets, wrongIn),
    denies: (t, targets) => throwAt(t, targets, (door, blow) => [...wrongIn(door, blow), ...arrivals(blow)]),
    async rejects(t, targets) {
      for (const [door, bytes] of Object.entries(doors))
        for (const target of targets)
          refused(t, await strike(bytes(onTheWire(target))), `${door}: ${JSON.stringify(target)}`)
    },
  }
}

type Blow = Impact & { readonly target: string }

/** A refusal in the middle of HTTP would end the request line. */
const isSendable = (target: string): boolean => target !== '' && !/[\r\n]/.test(target)

/** UTF-8, a character for each byte. */
const onTheWire = (target: string): string => Buffer.from(target).toString('latin1')

function wrongIn(door: string, { target, statuses, closed, reached }: Blow): string[] {
  const open = door.endsWith('bob') ? ['public', 'all'] : ['public']
  const wrong: string[] = []
  for (const seen of reached) {
    const rooms = roomsOf(seen.target)
    if (seen.target !== target) wrong.push(`${target} arrived as ${seen.target}`)
    if (rooms.length !== 1 || !open.includes(rooms[0] ?? '')) wrong.push(`${target} could be ${rooms}`)
  }
  const [status = 0] = statuses
  if (reached.length === 0 && ![302, 400, 401, 403, 404, 405].includes(status)) wrong.push(`${target}: ${statuses}`)
  if (status === 400 && !closed) wrong.push(`${target}: 400 and still open`)
  return wrong
}

const arrivals = ({ reached }: Blow): string[] => reached.map(({ target }) => `${target} arrived`)

/** The rooms that a forwarded target could be taken for by any backend. */
function roomsOf(target: string): readonly string[] {
  const path = target.split('?', 1)[0] ?? ''
  return [...new Set(allReadings(path).map(reading => roomOf(reading.path)))]
}

/** Which room of a fort a backend would take a path for, letter case aside. */
function roomOf(path: string): 'public' | 'admin' | 'own' | 'all' {
  const folded = path.toLowerCase()
  const under = (base: string) => folded === base || folded.startsWith(`${base}/`)
  return under('/public') ? 'public' : under('/admin') ? 'admin' : under('/_sallyport') ? 'own' : 'all'
}
