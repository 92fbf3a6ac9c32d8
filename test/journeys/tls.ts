import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { request as requestTls } from 'node:https'
import { connect as connectSocket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type PeerCertificate } from 'node:tls'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { stringify } from 'yaml'
import { loadConfig, printProblems } from '../../src/config/load.ts'
import { openHouse } from '../../src/house.ts'
import { makeLog } from '../../src/http/log.ts'
import { type Authority, makeAuthority } from '../support/certificates.ts'
import { freePort, type Settings, startGateAt } from '../support/gate.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'
import { startUpstream } from '../support/upstream.ts'
import { fieldOf } from '../support/wire.ts'

type Tap = Parameters<typeof startUpstream>[0]

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const everybody = [{ authenticated: true }]

type Answer = {
  readonly status: number
  readonly location: string
  readonly setCookies: readonly string[]
  readonly body: string
}

/** A house of its own on https, because the common gateway of the tests speaks plain http. */
async function startHouse(t: Tap, directory: string, settings: Settings) {
  const file = join(directory, 'sallyport.yaml')
  const load = async (changes: Settings = {}) => {
    writeFileSync(file, stringify({ admin: { listen: '127.0.0.1:0' }, ...settings, ...changes }))
    const loaded = await loadConfig(file)
    if (!loaded.ok) throw new Error(printProblems(file, loaded.problems))
    return loaded
  }
  const log = makeLog('error', { write: () => {} })
  const house = await openHouse((await load()).config, { log })
  t.teardown(() => house.stop())
  return { house, reload: async (changes: Settings) => house.reload(await load(changes)) }
}

t.test(
  'https from door to door: a login, its cookies, and a certificate that is swapped while people are inside',
  async t => {
    const directory = ownDirectory(t)
    const authority = makeAuthority(directory)
    const upstream = await startUpstream(t)
    const rogue = await startRogueProvider(t)
    const port = await freePort()
    const origin = `https://localhost:${port}`
    const tls = writeCertificate(directory, 'first', authority)
    const server = { listen: `127.0.0.1:${port}`, publicUrl: origin, drain: '1s', tls }
    const { reload } = await startHouse(t, directory, {
      server,
      providers: [{ name: 'corp', issuer: rogue.issuer, ...rogue.client }],
      routes: [{ name: 'app', upstream: `http://127.0.0.1:${upstream.port}`, allow: everybody }],
    })
    const get = (url: string, cookie?: string) => getTls(url, authority.ca, cookie)

    const first = await get(`${origin}/page`)
    t.equal(first.status, 302)
    const login = await get(origin + first.location)
    t.match(new URL(login.location).searchParams.get('redirect_uri'), `${origin}/_sallyport/callback`)
    const [pending = ''] = login.setCookies
    t.match(pending, /^__Host-sallyport\.[^=]+=[^;]+; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
    const back = await fetch(login.location, { redirect: 'manual' })
    const home = await get(back.headers.get('location') ?? '', pending.split(';')[0])
    t.match(home, { status: 303, location: '/page' })
    const session = home.setCookies.find(line => line.startsWith('__Host-sallyport=')) ?? ''
    t.match(session, /; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
    t.notMatch(session, /domain/i, 'or no browser would keep it')
    const cookie = session.split(';')[0]
    t.equal((await get(`${origin}/page`, cookie)).status, 200)
    t.equal(fieldOf(upstream.requests.at(-1)?.headers ?? [], 'x-forwarded-proto'), 'https')

    const before = await certificateAt(port, authority.ca)
    await reload({ server: { ...server, tls: writeCertificate(directory, 'second', authority) } })
    const after = await certificateAt(port, authority.ca)
    t.not(after.fingerprint256, before.fingerprint256)
    t.equal((await get(`${origin}/page`, cookie)).status, 200, 'and the session goes on')

    const plain = connectSocket(port, '127.0.0.1')
    plain.on('error', () => {}).write(`GET / HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`)
    const answered: Buffer[] = []
    for await (const chunk of plain) answered.push(chunk)
    t.notMatch(Buffer.concat(answered).toString('latin1'), /HTTP\/1\.1 [23]/, 'plain http is not spoken here')
  },
)

t.test('the process: a certificate that cannot be served changes nothing, and ends nothing', async t => {
  const directory = ownDirectory(t)
  const authority = makeAuthority(directory)
  const upstream = await startUpstream(t)
  const [port, adminPort] = [await freePort(), await freePort()]
  const file = join(directory, 'sallyport.yaml')
  const write = (tls: object) => {
    const settings = {
      server: { listen: `127.0.0.1:${port}`, publicUrl: `https://localhost:${port}`, tls },
      admin: { listen: `127.0.0.1:${adminPort}` },
      providers: [{ name: 'corp', issuer: 'http://127.0.0.1:9', clientId: 'sallyport' }],
      routes: [{ name: 'app', upstream: `http://127.0.0.1:${upstream.port}`, public: true }],
    }
    writeFileSync(file, stringify(settings))
  }
  write(writeCertificate(directory, 'good', authority))
  const child = spawn(process.execPath, [main, 'start', '--config', file], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  const said = listenTo(child)
  await said('"listening"')
  const before = await certificateAt(port, authority.ca)
  write(writeCertificate(directory, 'weak', authority, { rsaBits: 1024 }))
  child.kill('SIGHUP')
  await said('ERR_SSL_EE_KEY_TOO_SMALL')
  t.equal((await certificateAt(port, authority.ca)).fingerprint256, before.fingerprint256)
  t.equal((await getTls(`https://localhost:${port}/`, authority.ca)).status, 200)
  write(writeCertificate(directory, 'better', authority))
  child.kill('SIGHUP')
  await said('"reloaded"')
  t.not((await certificateAt(port, authority.ca)).fingerprint256, before.fingerprint256)
  t.equal(child.exitCode, null)
})

t.test('an upstream over https is asked only when its certificate holds', async t => {
  const directory = ownDirectory(t)
  const authority = makeAuthority(directory)
  const ca = join(directory, 'authority.crt')
  const good = await startUpstream(t, { tls: authority.issue('DNS:localhost,IP:127.0.0.1') })
  const named = await startUpstream(t, { tls: authority.issue('DNS:app.internal') })
  const at = ({ port }: { port: number }) => `https://127.0.0.1:${port}`
  const rogue = await startRogueProvider(t)
  const { gate, browser } = await startGateAt(t, {
    provider: rogue,
    routes: [
      { path: '/trusted', upstream: { url: at(good), ca }, public: true },
      { path: '/unknown', upstream: at(good), public: true },
      { path: '/misnamed', upstream: { url: at(named), ca }, public: true },
      { path: '/named', upstream: { url: at(named), ca, serverName: 'app.internal' }, public: true },
      { path: '/blind', upstream: { url: at(good), dangerouslySkipVerification: true }, public: true },
    ],
  })
  t.equal((await browser.get('/trusted')).status, 200)
  t.equal((await browser.get('/named')).status, 200)
  t.equal((await browser.get('/blind')).status, 200, 'only by a long word')
  const asked = good.requests.length + named.requests.length
  for (const path of ['/unknown', '/misnamed']) {
    const page = await browser.get(path)
    t.equal(page.status, 502, path)
    t.notMatch(page.body, /127\.0\.0\.1|certificate|CERT/i, 'the page does not tell why')
    t.match(gate.access(path)?.failure, /CERT|ALTNAME|VERIFY/, 'the log does')
  }
  t.equal(good.requests.length + named.requests.length, asked)
})

t.test('sockets in the file system, in front and behind', async t => {
  const directory = ownDirectory(t)
  const [front, behind] = [join(directory, 'front.sock'), join(directory, 'behind.sock')]
  const upstream = await startUpstream(t, { socketPath: behind })
  const rogue = await startRogueProvider(t)
  const { house } = await startHouse(t, directory, {
    server: { listen: `unix:${front}`, publicUrl: 'http://localhost', drain: '1s' },
    providers: [{ name: 'corp', issuer: rogue.issuer, ...rogue.client }],
    routes: [{ name: 'app', upstream: `unix:${behind}`, public: true }],
  })
  t.same(house.listening, { socketPath: front })
  const answer = await ask(options =>
    request({ socketPath: front, path: '/x', headers: { host: 'localhost' }, ...options }),
  )
  t.equal(answer.status, 200)
  const { headers = [] } = upstream.requests.at(-1) ?? {}
  t.equal(fieldOf(headers, 'x-forwarded-for'), '127.0.0.1', 'whoever may open it is on this machine')
})

function listenTo(child: ChildProcess): (text: string) => Promise<void> {
  let output = ''
  child.stdout?.on('data', chunk => {
    output += chunk
  })
  return async text => {
    while (!output.includes(text)) await once(child.stdout ?? child, 'data')
  }
}

/** Short, because the path of a socket may have 107 bytes. */
function ownDirectory(t: Tap): string {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  return directory
}

function writeCertificate(directory: string, name: string, authority: Authority, how?: { readonly rsaBits: number }) {
  const { cert, key } = authority.issue('DNS:localhost,IP:127.0.0.1', how)
  const paths = { cert: join(directory, `${name}.crt`), key: join(directory, `${name}.key`) }
  writeFileSync(paths.cert, cert)
  writeFileSync(paths.key, key, { mode: 0o600 })
  return paths
}

function getTls(url: string, ca: string, cookie?: string): Promise<Answer> {
  const { port, host, pathname, search } = new URL(url)
  const headers = { host, accept: 'text/html', ...(cookie !== undefined && { cookie }) }
  return ask(() =>
    requestTls({
      host: '127.0.0.1',
      servername: 'localhost',
      port,
      path: pathname + search,
      headers,
      ca,
      agent: false,
    }),
  )
}

function ask(begin: (options: object) => ReturnType<typeof request>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    begin({ agent: false })
      .on('error', reject)
      .on('response', response => {
        const chunks: Buffer[] = []
        response.on('data', chunk => chunks.push(chunk))
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            location: response.headers.location ?? '',
            setCookies: response.headers['set-cookie'] ?? [],
            body: Buffer.concat(chunks).toString(),
          }),
        )
      })
      .end()
  })
}

function certificateAt(port: number, ca: string): Promise<PeerCertificate> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca }, () => {
      resolve(socket.getPeerCertificate())
      socket.destroy()
    })
    socket.on('error', reject)
  })
}
