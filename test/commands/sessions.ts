// `sallyport sessions`, as it is typed, at a gateway that runs.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { newAdminKey } from '../support/admin.ts'
import { openBrowser } from '../support/browser.ts'
import { freePort, startGate } from '../support/gate.ts'
import { startUpstream } from '../support/upstream.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

type Said = { readonly status: number; readonly output: string; readonly errors: string }

async function sallyport(...args: string[]): Promise<Said> {
  const child = spawn(process.execPath, [main, 'sessions', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [output, errors, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { status, output, errors }
}

const key = newAdminKey()
const files = { key: `${key}\n`, other: newAdminKey(), empty: '', two: `${key}\n${key}\n` }
// Not t.testdir(): the gateway keeps its configuration there.
const folder = mkdtempSync(join(tmpdir(), 'sallyport-keys-'))
for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
t.teardown(() => rmSync(folder, { recursive: true }))
const keyFile = join(folder, 'key')
const upstream = await startUpstream(t)
const { gate, provider } = await startGate(t, {
  routes: [{ upstream: `http://127.0.0.1:${upstream.port}`, allow: [{ authenticated: true }] }],
  settings: { admin: { listen: '127.0.0.1:0', key } },
})
const url = `http://127.0.0.1:${gate.adminPort}`
const at = (...args: string[]) => sallyport(...args, '--url', url, '--key-file', keyFile)

const signIn = async (user: string, userAgent: string) => {
  const browser = openBrowser(gate.origin, userAgent)
  await browser.signInAs(user)
  const { session, subject } = JSON.parse((await browser.fetch('/_sallyport/me')).body)
  return { browser, id: session.id as string, subject: subject as string }
}

t.test('a list is a table for people, and the same for programs', async t => {
  t.match(await at('list'), { status: 0, output: 'Nobody is signed in.\n' })
  const ann = await signIn('ann', 'Mozilla/5.0 (X11; Linux x86_64; rv:149.0) Gecko/20100101 Firefox/149.0')
  const bob = await signIn('bob', 'curl/8.14.1')
  const { status, output, errors } = await at('list')
  t.equal(status, 0)
  t.equal(errors, '')
  const [heads = '', ...rows] = output.trimEnd().split('\n')
  t.match(heads, /^ID +USER +PROVIDER +BROWSER +ADDRESS +SIGNED IN +LAST SEEN$/)
  t.equal(rows.length, 2)
  const row = rows.find(line => line.startsWith(ann.id)) ?? ''
  t.match(row, /ann +corp +Firefox on Linux +127\.0\.0\.1 +\d{4}-\d\d-\d\d \d\d:\d\d UTC \(just now\)/)
  for (const head of ['USER', 'BROWSER', 'LAST SEEN'])
    t.equal(new Set([heads, ...rows].map(line => line.charAt(heads.indexOf(head) - 1))).size, 1, `${head} is aligned`)

  t.match((await at('list', '--user', 'bob')).output, bob.id)
  t.notMatch((await at('list', '--user', 'bob')).output, ann.id)
  const found = JSON.parse((await at('list', '--json', '--issuer', provider.issuer, '--subject', ann.subject)).output)
  t.match(found, [{ id: ann.id, user: 'ann', browser: 'Firefox on Linux' }])
  t.equal(found.length, 1)
})

t.test('a session ends by id, a person by name or subject, and it says how many that were', async t => {
  const [one, two, bob] = [await signIn('ann', 'a'), await signIn('ann', 'b'), await signIn('bob', 'c')]
  t.match(await at('end', '--id', one.id), { status: 0, output: '1 session ended\n', errors: '' })
  t.equal((await one.browser.fetch('/')).status, 401)
  t.equal((await two.browser.fetch('/')).status, 200)
  t.match(await at('end', '--id', one.id), { status: 1, output: '', errors: /404: There is no such session\.\n$/ })
  const ended = JSON.parse((await at('end', '--user', 'ann', '--json')).output)
  t.ok(ended.ended.includes(two.id))
  t.equal((await two.browser.fetch('/')).status, 401)
  t.equal((await bob.browser.fetch('/')).status, 200)
  t.equal((await at('end', '--subject', bob.subject, '--issuer', provider.issuer)).status, 0)
  t.equal((await bob.browser.fetch('/')).status, 401)
  t.match(await at('end', '--user', 'ann'), { status: 0, output: '0 sessions ended\n' })
})

t.test('an id that begins with a dash is an id', async t => {
  const id = '-'.padEnd(22, 'x')
  for (const args of [['--id', id], [`--id=${id}`]])
    t.match(await at('end', ...args), { status: 1, errors: /no such session/ })
})

t.test('what goes wrong is one line that says what to do', async t => {
  const wrong: ReadonlyArray<readonly [args: readonly string[], words: RegExp]> = [
    [['--url', url, '--key-file', join(folder, 'other')], /does not accept this key/],
    [['--url', url, '--key-file', join(folder, 'none')], /key file ".*none" cannot be read \(ENOENT\)/],
    [['--url', url, '--key-file', join(folder, 'empty')], /does not hold one key/],
    [['--url', url, '--key-file', join(folder, 'two')], /does not hold one key/],
    [['--url', `http://127.0.0.1:${await freePort()}`, '--key-file', keyFile], /no answer.*ECONNREFUSED/],
    [['--url', gate.origin, '--key-file', keyFile], /answered 401|does not accept/],
    [['--url', '127.0.0.1:9090', '--key-file', keyFile], /is not a URL; write one such as/],
    [['--url', 'file:///etc/passwd', '--key-file', keyFile], /is not a URL/],
  ]
  for (const [args, words] of wrong) {
    const { status, output, errors } = await sallyport('list', ...args)
    t.equal(status, 1, args.join(' '))
    t.equal(output, '')
    t.match(errors, words)
    t.equal(errors.trimEnd().split('\n').length, 1)
    t.notMatch(errors, key)
  }
})

t.test('a gateway without admin.key is said to have no session API', async t => {
  const before = { admin: { listen: '127.0.0.1:0', key } }
  await gate.reload({ admin: { listen: '127.0.0.1:0' } })
  const { status, errors } = await at('list')
  t.equal(status, 1)
  t.match(errors, 'has no session API; set admin.key')
  await gate.reload(before)
})

t.test(
  'a stranger in the place of the gateway learns nothing further, and writes nothing into the terminal',
  async t => {
    const hostile = { title: '\u001b[2Jcleared', detail: '\u202edeifirt' }
    const answers = [
      [302, '', { location: 'http://127.0.0.1:1/' }],
      [200, '<html>', {}],
      [500, JSON.stringify(hostile), {}],
      [200, JSON.stringify({ sessions: [{ ...row, user: '\u001b[31mann\u0007' }], cursor: null }), {}],
    ] as const
    let at = 0
    const server = createServer((_, response) => {
      const [status, body, headers] = answers[at++] ?? [500, '', {}]
      response.writeHead(status, headers).end(body)
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    t.teardown(() => server.close())
    const there = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const said: Said[] = []
    for (const _ of answers) said.push(await sallyport('list', '--url', there, '--key-file', keyFile))
    t.same(
      said.map(({ status }) => status),
      [1, 1, 1, 0],
    )
    t.match(said[0]?.errors, /answered 302/)
    t.match(said[1]?.errors, /it is not JSON/)
    t.match(said[3]?.output, '?[31mann?')
    for (const { output, errors } of said) t.notMatch(output + errors, /[\u0000-\u0009\u000b-\u001f\u202e]/)
  },
)

const row = {
  ...{ id: 'x', user: 'ann', provider: 'corp', browser: 'Firefox on Linux', address: '192.0.2.1' },
  ...{ startedAt: '2026-11-23T14:30:00.000Z', seenAt: '2026-11-23T14:30:00.000Z' },
}

t.test('another command line is answered with the right one', async t => {
  const key = ['--key-file', keyFile]
  for (const args of [
    [],
    ['list'],
    ['lst', ...key],
    ['end', ...key],
    ['list', 'ann', ...key],
    ['list', '--id', 'x', ...key],
    ['list', '--usr', 'ann', ...key],
    ['list', '--user', ...key],
    ['end', '--subject', 'x', ...key],
    ['end', '--issuer', 'x', ...key],
    ['end', '--user', 'ann', '--id', 'x', ...key],
    ['end', '--user', 'ann', '--subject', 'x', '--issuer', 'y', ...key],
    ['end', '--user', 'ann', '--provider', 'corp', ...key],
  ]) {
    const { status, output, errors } = await sallyport(...args)
    t.equal(status, 2, args.join(' '))
    t.equal(output, '')
    t.match(errors, /^Usage: sallyport sessions list/)
  }
})
