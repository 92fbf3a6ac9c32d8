// `demo`: an identity provider, an application that knows nothing of us, and the gateway in front of it, in one process.
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { loadConfig, printProblems } from '../config/load.ts'
import { startDemoApp } from '../demo/app.ts'
import { startDemoProvider } from '../demo/provider.ts'
import { openHouse } from '../house.ts'
import { makeLog } from '../http/log.ts'
import { untilStopped } from './start.ts'

const FAVOURITE_PORT = 8080
const file = fileURLToPath(new URL('../../config/demo.yaml', import.meta.url))

export async function demo(): Promise<number> {
  const port = await freePort(FAVOURITE_PORT)
  const home = `http://localhost:${port}`
  const clientSecret = randomBytes(24).toString('base64url')
  const app = await startDemoApp()
  const provider = await startDemoProvider({
    redirectUris: [`${home}/_sallyport/callback`],
    postLogoutRedirectUris: [`${home}/_sallyport/signed-out`],
    clientId: 'sallyport-demo',
    clientSecret,
  })
  Object.assign(process.env, {
    SALLYPORT_DEMO_PORT: String(port),
    SALLYPORT_DEMO_ISSUER: provider.issuer,
    SALLYPORT_DEMO_UPSTREAM: app.url,
    SALLYPORT_DEMO_CLIENT_SECRET: clientSecret,
  })
  const loaded = await loadConfig(file)
  if (!loaded.ok) {
    process.stderr.write(`${printProblems(file, loaded.problems)}\n`)
    return 1
  }
  const log = makeLog(loaded.config.log.level)
  const { reload, stop } = await openHouse(loaded.config, { log })
  process.stdout.write(
    `Sallyport demo: open ${home}/ and sign in as ann or bob (both may enter) or eve (may not); Ctrl-C ends it\n`,
  )
  await untilStopped({ stop, reload: async () => reload(await loadConfig(file)) })
  await Promise.all([provider.close(), app.close()])
  return 0
}

/** The favourite if it is free on both addresses that a browser may take `localhost` for, else any. */
async function freePort(favourite: number): Promise<number> {
  const free = (await portOn('127.0.0.1', favourite)) !== undefined && (await portOn('::1', favourite)) !== undefined
  return free ? favourite : ((await portOn('127.0.0.1', 0)) ?? 0)
}

/** The port that was free; undefined when it is taken. A machine without that address has nobody listening on it. */
function portOn(host: string, port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined)
      else if (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT') resolve(port)
      else reject(error)
    })
    probe.listen(port, host, () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
