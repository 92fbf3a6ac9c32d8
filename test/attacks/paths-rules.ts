// P, rules: one route is chosen, once, for its policy and for its upstream; no method, name or number finds a way beside it.
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { spoiltTarget } from '../core/fixtures/spoilt-targets.ts'
import { buildFort, passed, refused, until, websocketFields } from '../support/attack.ts'
import type { Settings } from '../support/gate.ts'
import { sourceFiles } from '../support/source.ts'
import { echo, startUpstream, type Turn } from '../support/upstream.ts'
import { fieldOf } from '../support/wire.ts'

const sre = [{ groups: ['sre'] }]
const anybody = [{ authenticated: true }]
const fort = await buildFort(t, {
  moreRoutes: [
    { name: 'pub', path: '/pub', public: true },
    { name: 'config', path: '/config', allow: anybody },
    { name: 'first', path: '/config/1', allow: sre },
    { name: 'tenant', path: '/t', allow: anybody, allowInPath: ['encodedSlash'] },
    { name: 'tenant-admin', path: '/t/a/admin', allow: sre },
    { name: 'tenant-deep', path: '/t/a/b/admin', allow: sre },
    { name: 'read', path: '/read', methods: ['GET'], public: true },
    { name: 'write', path: '/write', methods: ['POST'], public: true },
    { name: 'files', path: '/files', allow: anybody },
  ],
})
const { gate, request, strike } = fort
const bob = `Cookie: ${await fort.signIn('bob')}`
const asBob = (target: string) => strike(request(`GET ${target} HTTP/1.1`, bob))

t.test('the route that was judged is the route whose upstream is asked (P-09)', async t => {
  const paths = { public: '/public', admin: '/admin', api: '/api', first: '/api/1', all: '/' }
  const arrivals: Array<{ readonly at: string; readonly id: string | undefined }> = []
  const routes = Object.entries(paths).map(async ([name, path]) => {
    const answer = (turn: Turn) => {
      arrivals.push({ at: name, id: fieldOf(turn.request.headers, 'x-request-id') })
      return echo(turn)
    }
    const { port } = await startUpstream(t, { answer })
    return { name, path, upstream: `http://127.0.0.1:${port}`, allow: anybody }
  })
  const { gate, request, strike, signIn } = await buildFort(t, { routes: await Promise.all(routes) })
  const cookie = `Cookie: ${await signIn('bob')}`
  const passed = new Set<string>()
  const property = fc.asyncProperty(spoiltTarget, async target => {
    if (/[\r\n ]|^$/.test(target)) return
    arrivals.length = 0
    await strike(request(`GET ${Buffer.from(target).toString('latin1')} HTTP/1.1`, cookie))
    const [arrival, ...more] = arrivals
    if (more.length > 0) throw new Error(`${target} arrived twice`)
    if (!arrival) return
    const judged = () => gate.lines.findLast(({ msg, request }) => msg === 'access' && request === arrival.id)
    await until(() => judged() !== undefined)
    if (judged()?.route !== arrival.at) throw new Error(`${target}: ${judged()?.route}, and arrived at ${arrival.at}`)
    passed.add(arrival.at)
  })
  await t.resolves(fc.assert(property, { numRuns: 300, examples: Object.values(paths).map(path => [path]) }))
  t.same([...passed].sort(), Object.keys(paths).sort(), 'each of them was reached')
})

/** What becomes of a request of nobody, in every form that a request can have. */
async function forms(fort: Awaited<ReturnType<typeof buildFort>>, path: string): Promise<number> {
  const lines = ['GET', 'HEAD', 'POST', 'OPTIONS', 'PROPFIND'].map(method => [`${method} ${path} HTTP/1.1`])
  let reached = 0
  for (const [line = '', ...fields] of [
    ...lines,
    [`GET ${path} HTTP/1.0`],
    [`GET ${path} HTTP/1.1`, ...websocketFields],
  ])
    reached += (await fort.strike(fort.request(line, ...fields))).reached.length
  return reached
}

t.test('no route is without its guard: only "public: true" is open, before a reload and behind it (P-49)', async t => {
  const routes: readonly Settings[] = [
    { name: 'open', path: '/open', public: true },
    { name: 'prefix', path: '/prefix', allow: anybody },
    { name: 'exact', path: '/open/exact', exact: true, allow: anybody },
    { name: 'inner', path: '/open/inner', allow: anybody },
    { name: 'methods', path: '/methods', methods: ['GET', 'HEAD', 'POST', 'OPTIONS', 'PROPFIND'], allow: anybody },
    {
      name: 'rewritten',
      path: '/rewritten',
      rewrite: { stripPrefix: '/rewritten', addPrefix: '/open' },
      allow: anybody,
    },
    { name: 'denied', path: '/denied', allow: anybody, deny: anybody },
    { name: 'hosts', hosts: ['localhost', '*.localhost'], path: '/hosts', allow: anybody },
  ]
  const fort = await buildFort(t, { routes: routes.map(route => ({ ...route, websocket: true })) })
  for (const generation of ['first', 'reloaded']) {
    for (const { path } of routes) {
      const reached = await forms(fort, path)
      t.equal(reached > 0, path === '/open', `${generation}: ${path}`)
      if (path !== '/open') t.equal(await forms(fort, `${path}/x`), path === '/open/exact' ? 7 : 0, `below ${path}`)
    }
    await fort.gate.reload({ log: { level: 'info' } })
  }
})

t.test('a prefix ends at the end of a segment (P-14)', async t => {
  for (const target of ['/pub-admin', '/pubx', '/pubs/x', '/public-admin', '/publicx', '/publi', '/public.', '/pub.'])
    t.same((await fort.strike(fort.request(`GET ${target} HTTP/1.1`))).reached, [], target)
  passed(t, await fort.strike(fort.request('GET /pub/x HTTP/1.1')), '/pub/x')
})

t.test('a number in a path is that number in every spelling (P-15)', async t => {
  for (const number of ['01', '+1', '1.0', '1.', '001', '%2b1', '0%31', '%EF%BC%91', '1%2e0', '+01.00'])
    for (const target of [`/config/${number}`, `/config/${number}/x`]) refused(t, await asBob(target), target)
  t.same((await asBob('/config/1/x')).statuses, [403])
  for (const target of ['/config/10', '/config/1.1', '/config/2026/01/02']) passed(t, await asBob(target), target)
})

t.test('an escaped slash is no end of a segment for a rule behind it (P-45)', async t => {
  for (const target of ['/t/a%2Fb/admin', '/t/a%2fadmin', '/t/a%2Fadmin/x', '/t%2Fa/admin', '/t/a%5cb/admin'])
    refused(t, await fort.strike(fort.request(`GET ${target} HTTP/1.1`, bob)), target)
  for (const target of ['/t/c%2Fd/admin', '/t/c%2fd/admin'])
    passed(t, await fort.strike(fort.request(`GET ${target} HTTP/1.1`, bob)), target)
})

t.test('no handler for what was not found stands where a request could be forwarded (P-54)', async t => {
  const files = sourceFiles().filter(
    file => !file.startsWith('src/admin/') && /\bcallNotFound\b/.test(readFileSync(file, 'utf8')),
  )
  t.same(files, [])
  for (const target of ['/_sallyport/nothing', '/_sallyport', '/_sallyport/', '/_sallyport/login/x']) {
    const { statuses, reached } = await strike(request(`GET ${target} HTTP/1.1`))
    t.same([statuses, reached, gate.access(target)?.route], [[404], [], '(own)'], target)
  }
})

t.test('a method that a rule does not name, or that is none, is no way past it (P-57, P-62)', async t => {
  const known = ['HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'QUERY', 'PROPFIND', 'SEARCH', 'PURGE', 'LINK']
  for (const method of known) {
    const { statuses, reached } = await strike(request(`${method} /admin/x HTTP/1.1`))
    t.same([statuses, reached], [[401], []], `${method} of nobody`)
    const asBob = await strike(request(`${method} /admin/x HTTP/1.1`, bob))
    t.same([asBob.statuses, asBob.reached], [[403], []], `${method} of bob`)
    const unnamed = await strike(request(`${method} /read HTTP/1.1`))
    t.same(unnamed.statuses, [method === 'HEAD' ? 200 : 405], `${method} where only GET may be`)
  }
  t.same((await strike(request('HEAD /write HTTP/1.1'))).statuses, [405], 'HEAD is what GET is')
  const none = ['get', 'Get', 'FOO', 'TRACK', 'DEBUG', 'PRI', 'constructor', '__proto__', 'toString', 'GET\x00', '']
  for (const method of none)
    for (const target of ['/admin', '/public/x', '/read'])
      refused(t, await strike(request(`${method} ${target} HTTP/1.1`)), `${method} ${target}`)
  t.same((await strike(request('TRACE /public/x HTTP/1.1'))).statuses, [405])
  passed(t, await strike(request('GET /read HTTP/1.1')), '/read')
})

t.test('no header and no parameter turns a method into another', async t => {
  const overrides = ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override', 'X_HTTP_Method_Override']
  for (const name of [...overrides, 'X-Forwarded-Method', 'X-Original-Method'])
    for (const value of ['GET', 'get', 'DELETE']) {
      const { reached } = await strike(request('POST /public/x HTTP/1.1', `${name}: ${value}`))
      t.equal(reached[0]?.method, 'POST', name)
      t.notMatch(reached[0]?.head, /override|x-http-method|-method:/i)
      t.same((await strike(request('POST /read?_method=GET HTTP/1.1', `${name}: GET`))).statuses, [405], name)
    }
})

t.test('the second address of a MOVE opens no other room', async t => {
  const move = (destination: string) =>
    fort.strike(fort.request('MOVE /files/a HTTP/1.1', bob, `Destination: ${destination}`, 'Content-Length: 0'))
  for (const destination of [
    ...[
      '/admin/x',
      '/ADMIN/x',
      '/files/../admin/x',
      '/files/%2e%2e/admin',
      '//admin',
      '/admin;x',
      '/_sallyport/logout',
    ],
    ...[`http://${fort.host}/admin/x`, `http://evil.test/files/x`, `http://${fort.host}@evil.test/files/x`],
  ])
    refused(t, await move(destination), destination, [403])
  for (const destination of ['/files/b', `http://${fort.host}/files/b%20c`])
    t.same((await move(destination)).statuses, [200], destination)
})

t.test(
  'bytes that are no text end in a refusal where a rule reads them, and decide nothing elsewhere (P-33)',
  async t => {
    for (const target of ['/admin\xff', '/admin/\xff', '/public/\xc3\x28', '/admin%ff', '/%ff/admin', '/public/%c3%28'])
      refused(t, await strike(request(`GET ${target} HTTP/1.1`)), JSON.stringify(target))
    for (const field of ['X-Role: \xff', 'X-Role: \xc3\x28', 'Accept: \xff', 'User-Agent: \xff\xfe'])
      for (const [target, status] of [
        ['/admin', 401],
        ['/public/x', 200],
      ] as const)
        t.same((await strike(request(`GET ${target} HTTP/1.1`, field))).statuses, [status], JSON.stringify(field))
  },
)
