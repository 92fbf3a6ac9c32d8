// The parts of the benchmark, in the order in which they are played.
import { bodies } from './bodies.ts'
import { events } from './events.ts'
import { latency } from './latency.ts'
import type { Part } from './part.ts'
import { requests } from './requests.ts'
import { routes } from './routes.ts'
import { sessions } from './sessions.ts'
import { start } from './start.ts'
import { websockets } from './websockets.ts'

export const parts: ReadonlyMap<string, Part> = new Map(
  Object.entries({ requests, latency, bodies, websockets, events, routes, start, sessions }),
)
