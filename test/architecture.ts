// The direction of the house: who may import whom, and which package enters through which room. Types count.
import { existsSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import t from 'tap'
import { cycles, type Import, importsOf, readImports, sourceFiles } from './support/source.ts'

type Row = { readonly may: readonly string[]; readonly because: string }

const below = ['core', 'config', 'session', 'oidc', 'http', 'pages', 'access', 'admin', 'endpoints', 'proxy', 'demo']
const unaware =
  'config, session, oidc, http and pages do not know each other: whoever needs two of them is a room above'

const rooms: Readonly<Record<string, Row>> = {
  core: { may: [], because: 'the rules are pure and stand on nothing' },
  config: { may: ['core', 'node-http'], because: unaware },
  session: { may: ['core'], because: unaware },
  oidc: { may: ['core', 'node-http'], because: unaware },
  pages: { may: ['core'], because: `${unaware}; pages turn values into text` },
  http: {
    may: ['core', 'pages', 'node-http'],
    because: `${unaware}; only http answers with pages, because every failure ends there`,
  },
  access: {
    may: ['core', 'session', 'oidc', 'http', 'pages'],
    because: 'a decision needs a session and becomes an answer',
  },
  admin: {
    may: ['core', 'session', 'http'],
    because: 'administration sees sessions and answers programs; it has no visitors, no login and no pages',
  },
  endpoints: {
    may: ['core', 'session', 'oidc', 'http', 'access', 'pages'],
    because: 'the reception uses every room but the corridor',
  },
  proxy: {
    may: ['core', 'http', 'access', 'node-http'],
    because: 'the corridor carries what was allowed; it knows no login and no cookie store',
  },
  demo: {
    may: ['pages'],
    because: 'the demo is a stranger to the gateway, as real ones are; it only borrows the writing of HTML',
  },
  lasting: { may: below, because: 'what outlives a generation is handed to it' },
  server: {
    may: [...below, 'lasting', 'node-http'],
    because: 'the floor plan of one generation sees every room, but not who builds it',
  },
  generation: { may: [...below, 'lasting', 'server'], because: 'a generation is a floor with its visitors' },
  floors: {
    may: [...below, 'lasting', 'generation'],
    because: 'the floors open generations and own the public socket',
  },
  desk: { may: ['core', 'http', 'admin'], because: 'the desk is told by others what it says' },
  house: { may: ['core', 'http', 'desk', 'floors'], because: 'the house is its floors and its desk' },
  workers: {
    may: ['core', 'config', 'http', 'session', 'desk', 'floors'],
    because: 'workers are floors in processes of their own, with one desk for all of them',
  },
  commands: { may: [...below, 'lasting', 'house', 'workers', 'node-http'], because: 'a command may start anything' },
  'node-http': { may: [], because: 'it is Node itself' },
  'node-floor': { may: [], because: 'it must run on a Node that can run nothing else of ours' },
  main: { may: ['commands', 'node-floor'], because: 'main looks at its Node, then picks the command' },
}

const packages: Readonly<Record<string, Row>> = {
  '@fastify/http-proxy': { may: ['proxy', 'server'], because: 'it mounts the gated scope and nothing else' },
  '@prometheus-io/client': { may: ['http'], because: 'only http/ knows the metrics client' },
  fastify: {
    may: ['session', 'http', 'access', 'admin', 'endpoints', 'proxy', 'server', 'desk'],
    because: 'rules, configuration, login and pages work without a server around them',
  },
  ioredis: { may: ['session'], because: 'Redis is one of the places where sessions are kept' },
  jose: {
    may: ['oidc', 'demo'],
    because: 'tokens are judged in one room; the demo provider only makes its key with it',
  },
  'lru-cache': { may: ['session', 'oidc'], because: 'sessions and provider documents are what we keep' },
  'oidc-provider': { may: ['demo'], because: 'the gateway has no provider of its own' },
  'openid-client': { may: ['oidc'], because: 'only oidc/ speaks to providers' },
  pino: { may: ['http'], because: 'other rooms are handed a log by its shape (core/log.ts)' },
  undici: { may: ['proxy'], because: "one of the corridor's lanes stands on it" },
  yaml: { may: ['config'], because: 'configuration is parsed at the edge' },
  zod: { may: ['config'], because: 'configuration is parsed at the edge' },
}

/** What core may take from Node: functions from values to values. */
const pureNodeNames: Readonly<Record<string, readonly string[]>> = {
  'node:crypto': ['createHash', 'timingSafeEqual'],
  'node:net': ['BlockList', 'isIP', 'isIPv4', 'isIPv6'],
  'node:tls': ['checkServerIdentity', 'PeerCertificate'],
  'node:url': ['domainToASCII'],
  'node:util': ['inspect'],
}

const roomOf = (file: string): string => /^src\/([\w-]+)/.exec(file)?.[1] ?? file

/** Undefined when the import goes the right way, otherwise what is wrong with it and why. */
function problemOf({ file, target, names }: Import): string | undefined {
  const room = roomOf(file)
  if (isBuiltin(target)) return room === 'core' ? impurity(file, target, names) : undefined
  const [from, row] = target.startsWith('src/') ? [roomOf(target), rooms[room]] : [room, packages[packageOf(target)]]
  if (!row) return `${file} imports ${target}, which has no row in test/architecture.ts`
  const allowed = target.startsWith('src/') ? from === room || row.may.includes(from) : row.may.includes(room)
  return allowed ? undefined : `${file} imports ${target}: ${row.because}`
}

function impurity(file: string, target: string, names: readonly string[]): string | undefined {
  const pure = pureNodeNames[target] ?? []
  if (names.length > 0 && names.every(name => pure.includes(name))) return undefined
  return `${file} imports ${names.join(', ') || 'all'} of ${target}: core does no input or output and reads no clock`
}

const packageOf = (target: string): string => /^(?:@[^/]+\/)?[^/]+/.exec(target)?.[0] ?? target

const imports = sourceFiles().flatMap(importsOf)
const linesOf = (file: string): string[] => readFileSync(file, 'utf8').split('\n')

t.test('every room of the source has a row in the table', async t => {
  t.strictSame(
    sourceFiles().filter(file => !rooms[roomOf(file)]),
    [],
  )
})

for (const room of Object.keys(rooms))
  t.test(`${room} imports only what it may`, async t => {
    const wrong = imports.filter(({ file }) => roomOf(file) === room).flatMap(found => problemOf(found) ?? [])
    t.strictSame(wrong, [])
  })

t.test(
  'an import statement for node:http would load its WebSocket client at every start: src/node-http.ts has it without',
  async t => {
    const asking = sourceFiles().filter(file => /^import (?!type )[^'\n]*'node:http'/m.test(readFileSync(file, 'utf8')))
    t.strictSame(
      asking.filter(file => roomOf(file) !== 'demo'),
      [],
    )
  },
)

t.test('no file imports itself through others', async t => {
  t.strictSame(cycles(imports), [])
})

t.test('every file says on its first line what it is for', async t => {
  t.strictSame(
    sourceFiles().filter(file => !/^\/\/ .{20,}[.:]$/.test(firstLine(file))),
    [],
  )
})

t.test('no file is longer than 250 lines', async t => {
  t.strictSame(
    sourceFiles().filter(file => linesOf(file).length > 250),
    [],
  )
})

t.test('every rule in core that decides something has its test', async t => {
  const untested = sourceFiles().filter(file => file.startsWith('src/core/') && decides(file))
  t.strictSame(
    untested.map(file => file.replace('src/', 'test/')).filter(file => !existsSync(file)),
    [],
  )
})

t.test('the table notices what goes the wrong way', async t => {
  const wrong = [
    ['src/core/a.ts', `import type { FastifyRequest } from 'fastify'`],
    ['src/core/a.ts', `import { request } from 'node:https'`],
    ['src/core/a.ts', `import * as net from 'node:net'`],
    ['src/core/a.ts', `import {\n  isIP,\n  createServer,\n} from 'node:net'`],
    ['src/oidc/a.ts', `export { seal } from '../session/seal.ts'`],
    ['src/pages/a.ts', `const fastify = await import('fastify')`],
    ['src/proxy/a.ts', `import '../endpoints/login.ts'`],
    ['src/server.ts', `import { house } from './house.ts'`],
    ['src/http/a.ts', `import x from 'left-pad/x'`],
  ] as const
  for (const [file, text] of wrong) t.type(readImports(file, text).map(problemOf)[0], 'string', `${file}: ${text}`)
  t.strictSame(readImports('src/core/a.ts', `import { isIP } from 'node:net'\n// import 'fastify'`).map(problemOf), [
    undefined,
  ])
  const ring = ['a', 'b', 'c'].map((name, at, all) => ({ file: name, target: all[(at + 1) % 3] ?? '', names: [] }))
  t.strictSame(cycles(ring), ['a → b → c → a'])
})

const firstLine = (file: string): string => linesOf(file).find(line => !line.startsWith('#!')) ?? ''

/** A file of types and constants has nothing to test. */
const decides = (file: string): boolean =>
  /^export (?:async )?function|^export const \w+ = (?:async )?\(/m.test(readFileSync(file, 'utf8'))
