import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { adminApp } from '../../src/http/admin.ts'
import { makeMetrics } from '../../src/http/metrics.ts'
import { freePort } from '../support/gate.ts'
import { startSite } from '../support/site.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

async function health(url: string): Promise<{ status: number | null; errors: string }> {
  const child = spawn(process.execPath, [main, 'health', '--url', url], { stdio: ['ignore', 'ignore', 'pipe'] })
  const [errors, [status]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  return { status, errors }
}

t.test('a gateway that lives is healthy, ready or not', async t => {
  const admin = adminApp(makeMetrics(), () => ({ ready: false, reasons: ['provider "corp": away'] }))
  t.teardown(() => admin.close())
  await admin.listen({ host: '127.0.0.1', port: 0 })
  const { port } = admin.server.address() as AddressInfo
  t.same(await health(`http://127.0.0.1:${port}/livez`), { status: 0, errors: '' })
  const ready = await health(`http://127.0.0.1:${port}/readyz`)
  t.equal(ready.status, 1)
  t.match(ready.errors, 'answered 503')
})

t.test('one that is not there, or does not answer, is not, and it says why in one line', async t => {
  const port = await freePort()
  const dead = await health(`http://127.0.0.1:${port}/livez`)
  t.equal(dead.status, 1)
  t.match(dead.errors, /^http:\/\/127\.0\.0\.1:\d+\/livez: connect ECONNREFUSED.*\n$/)

  const silent = createServer(() => undefined)
  await once(silent.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => silent.close().closeAllConnections())
  const late = await health(`http://127.0.0.1:${(silent.address() as AddressInfo).port}/livez`)
  t.equal(late.status, 1)
  t.match(late.errors, 'no answer in time')
})

t.test('an address that is no address is a mistake, and only 200 is health', async t => {
  for (const url of ['nowhere', 'https://127.0.0.1/', '']) t.equal((await health(url)).status, 1, url)
  const site = await startSite(t, (_request, response) => response.writeHead(302, { location: '/livez' }).end())
  t.equal((await health(`${site.origin}/livez`)).status, 1)
})
