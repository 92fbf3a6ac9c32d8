// Opens a listening socket on a port or a path, and says where it really is.
import { lstatSync, unlinkSync } from 'node:fs'
import { type AddressInfo, connect, type Server } from 'node:net'
import type { Listen } from '../core/settings.ts'

/** Where a server listens: a port of 0 has become a real one. */
export type Where = Listen

export async function listen(server: Server, at: Listen): Promise<Where> {
  await clearWay(at)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen('socketPath' in at ? { path: at.socketPath } : { ...at }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return 'socketPath' in at ? at : { host: at.host, port: (server.address() as AddressInfo).port }
}

/** Removes what a process that was killed left in the way. */
export async function clearWay(at: Listen): Promise<void> {
  if ('socketPath' in at && (await isAbandoned(at.socketPath))) unlinkSync(at.socketPath)
}

/** A socket file that nobody listens behind any more, left by a process that was killed. */
async function isAbandoned(path: string): Promise<boolean> {
  // Connecting to any other file is refused too, and that one is not ours to remove.
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSocket()) return false
  return new Promise(resolve => {
    const probe = connect({ path })
    probe.once('connect', () => {
      probe.destroy()
      resolve(false)
    })
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'))
  })
}
