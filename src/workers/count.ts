// How many workers a configuration asks for.
import { availableParallelism } from 'node:os'
import type { ServerConfig } from '../core/settings.ts'

export const workersFor = ({ workers }: Pick<ServerConfig, 'workers'>): number =>
  workers === 'auto' ? availableParallelism() : workers
