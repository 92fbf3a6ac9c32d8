// Jupyter's notebook with its own login switched off: the gateway's takes its place, and a kernel answers over a websocket.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { Agent, WebSocket } from 'undici'
import type { Browser } from '../support/browser.ts'
import { signInAt, startChromium } from '../support/chromium.ts'
import { type Gate, startGate } from '../support/gate.ts'
import { startProgram } from '../support/process.ts'
import { openRaw } from '../support/raw.ts'
import { missing } from '../support/services.ts'

type Tap = Parameters<typeof startGate>[0]

t.test('a notebook behind the gateway', { skip: missing('jupyter-notebook') }, async t => {
  const notebook = await startProgram(t, 'jupyter-notebook', {
    arguments: ({ port, folder }) => [
      ...['--no-browser', '--allow-root', '--ip=127.0.0.1', `--port=${port}`, `--notebook-dir=${folder}`],
      ...['--NotebookApp.token=', '--NotebookApp.password=', '--NotebookApp.base_url=/notebook/'],
      ...['--NotebookApp.port_retries=0', '--NotebookApp.allow_remote_access=True'],
    ],
  })
  const { gate, browser } = await startGate(t, {
    host: 'tools.localhost',
    routes: [{ path: '/notebook', upstream: notebook.origin, allow: [{ groups: ['sre'] }] }],
  })
  await browser.signInAs('ann', '/notebook/tree')
  const kernel = await startKernel(browser)

  t.test('nobody else reaches the kernel: not anonymously, not from another site', async t => {
    t.equal(await handshake(t, gate, kernel.channels), 401)
    const cookie = browser.cookies('/') ?? ''
    t.equal(await handshake(t, gate, kernel.channels, { cookie, origin: 'http://evil.localhost' }), 403)
    t.equal(await handshake(t, gate, kernel.channels, { cookie, origin: `${gate.origin}0` }), 403)
    t.match(JSON.parse((await browser.fetch(kernel.path)).body), { connections: 0 }, 'the notebook has seen nobody')
  })

  t.test('the kernel answers over its websocket', async t => {
    const socket = await connect(t, gate, browser, kernel.channels)
    t.equal(await execute(socket, '6*7'), '42')
    t.equal(await execute(socket, "len('x' * 10**6)"), '1000000')
    t.equal((await execute(socket, "'long ' * 100_000"))?.length, 500_002, 'frames of any size')
  })

  t.test('its pages work in a real browser', { skip: missing('chromium') }, t => usePages(t, gate, browser))
})

type Kernel = { readonly path: string; readonly channels: string }

/** As the notebook's own pages do it: the cookie that it gave is repeated in a header. */
async function ask(browser: Browser, method: string, path: string, body: object) {
  const xsrf = browser.jar.get('tools.localhost')?.get('_xsrf') ?? ''
  const headers = { 'x-xsrftoken': xsrf, 'content-type': 'application/json' }
  return browser.fetch(path, { method, headers, body: JSON.stringify(body) })
}

async function startKernel(browser: Browser): Promise<Kernel> {
  const { status, body } = await ask(browser, 'POST', '/notebook/api/kernels', {})
  if (status !== 201) throw new Error(`no kernel: ${status} ${body}`)
  const path = `/notebook/api/kernels/${JSON.parse(body).id}`
  return { path, channels: `${path}/channels?session_id=${randomUUID()}` }
}

/** The status with which an upgrade is answered. */
async function handshake(t: Tap, { port, origin }: Gate, path: string, fields = {}): Promise<number | undefined> {
  const connection = await openRaw(port)
  t.teardown(() => connection.socket.destroy())
  const lines = Object.entries({ Host: new URL(origin).host, ...upgrade, ...fields })
  connection.send(`GET ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`)
  return (await connection.head())?.status
}

const upgrade = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
}

async function connect(t: Tap, gate: Gate, browser: Browser, path: string): Promise<WebSocket> {
  // Names below .localhost are this machine, though not every resolver knows it (RFC 6761 6.3).
  const dispatcher = new Agent({
    connect: { lookup: (_host, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]) },
  })
  const headers = { cookie: browser.cookies('/') ?? '', origin: gate.origin }
  const socket = new WebSocket(`${gate.origin.replace('http', 'ws')}${path}`, { dispatcher, headers })
  t.teardown(() => {
    socket.close()
    return dispatcher.destroy()
  })
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve)
    socket.addEventListener('error', reject)
  })
  return socket
}

/** What the kernel prints for an expression (Jupyter messaging protocol 5.3). */
function execute(socket: WebSocket, code: string): Promise<string | undefined> {
  const id = randomUUID()
  const result = new Promise<string>(resolve => {
    const listen = ({ data }: { data: unknown }) => {
      const { msg_type, parent_header, content } = JSON.parse(String(data))
      if (msg_type !== 'execute_result' || parent_header.msg_id !== id) return
      socket.removeEventListener('message', listen)
      resolve(content.data['text/plain'])
    }
    socket.addEventListener('message', listen)
  })
  socket.send(
    JSON.stringify({
      channel: 'shell',
      header: { msg_id: id, msg_type: 'execute_request', username: 'ann', session: randomUUID(), version: '5.3' },
      parent_header: {},
      metadata: {},
      content: { code, silent: false, store_history: false, user_expressions: {}, allow_stdin: false },
    }),
  )
  return result
}

async function usePages(t: Tap, gate: Gate, browser: Browser): Promise<void> {
  const made = await ask(browser, 'POST', '/notebook/api/contents', { type: 'notebook' })
  t.equal(made.status, 201)
  const chromium = await startChromium()
  t.teardown(() => chromium.close())
  const page = await chromium.newPage()
  await signInAt(page, `${gate.origin}/notebook/notebooks/${JSON.parse(made.body).path}`, 'ann')
  await page.locator('#kernel_indicator_icon.kernel_idle_icon').waitFor()
  await page.locator('.cell .CodeMirror').click()
  await page.keyboard.type('6*7')
  await page.keyboard.press('Control+Enter')
  await page.locator('.output_result', { hasText: '42' }).waitFor()
}
