// References to the environment and to files: text that stays text, and an error for everything that is not there.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are references of the configuration
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { stringify } from 'yaml'
import { interpolate } from '../../src/config/interpolate.ts'
import { type Changes, complaints, provider, readText, readWritten, route, words, written } from './reading.ts'

const reference = (kind: 'env' | 'file', name: string): string => `\${${kind}:${name}}`
const surroundings = { env: { A: 'one', B: 'two', EMPTY: '' }, folder: '/' }

t.test('references are replaced wherever they stand in a text', async t => {
  const texts: ReadonlyArray<readonly [text: string, result: string, isFromOutside: boolean]> = [
    ['plain', 'plain', false],
    [reference('env', 'A'), 'one', true],
    [`x${reference('env', 'A')}-${reference('env', 'B')}y`, 'xone-twoy', true],
    [`$${reference('env', 'A')}`, reference('env', 'A'), false],
    ['^/x$', '^/x$', false],
    ['$A $$ $', '$A $$ $', false],
  ]
  for (const [text, result, isFromOutside] of texts) {
    t.same(await interpolate(text, surroundings), { text: result, isFromOutside }, text)
  }
})

t.test('a value with a reference in it is not read a second time', async t => {
  const env = { A: reference('env', 'B'), B: 'two' }
  t.match(await interpolate(reference('env', 'A'), { env, folder: '/' }), { text: reference('env', 'B') })
})

t.test('a reference to nothing is an error that names it', async t => {
  for (const [text, found] of [
    [reference('env', 'NONE'), 'the environment variable NONE is not set'],
    [reference('env', 'EMPTY'), 'the environment variable EMPTY is empty'],
    [reference('env', 'constructor'), 'the environment variable constructor is not set'],
    [reference('file', '/nowhere/at/all'), 'the file "/nowhere/at/all" does not exist'],
  ] as const) {
    t.match(await interpolate(text, surroundings), { found }, text)
  }
})

t.test('a reference in an unknown form is an error', async t => {
  for (const text of ['${A}', '${env:}', '${env:A', '${env:A B}', '${ENV:A}', '${file:}', '${}', '${env:${env:A}}']) {
    t.match(await interpolate(text, surroundings), { refused: /unknown/ }, text)
  }
})

t.test('a value cannot become structure', async t => {
  const nasty = 'x"\n    allow: [{ authenticated: true }]\n  - {public: true} # '
  const name = reference('env', 'NASTY')
  const said = await complaints(written({ provider: { clientId: name }, route: { allow: [{ groups: [name] }] } }), {
    NASTY: nasty,
  })
  t.same(said, [
    'providers[0].clientId: the value holds a control character; write one line of text',
    'routes[0].allow[0].groups[0]: the value is empty or has white space around it; write a group name',
  ])
  t.match(await complaints(written({ route: { public: name } }), { NASTY: 'true' }), [
    /public: the value does not belong here/,
  ])
})

t.test('one newline at the end of a file is the editor’s, a second one is the value’s', async t => {
  const folder = t.testdir({ one: 'abc\n', windows: 'abc\r\n', two: 'abc\n\n' })
  const read = (name: string) => interpolate(reference('file', name), { env: {}, folder })
  t.match(await read('one'), { text: 'abc' })
  t.match(await read('windows'), { text: 'abc' })
  t.match(await read('two'), { text: 'abc\n' })
})

const fileOptions: ReadonlyArray<readonly [option: string, change: (file: string) => Changes]> = [
  ['server.tls.cert', file => ({ server: { tls: { cert: file, key: file } } })],
  ['server.tls.key', file => ({ server: { tls: { cert: file, key: file } } })],
  ['providers[0].ca', ca => ({ provider: { ca } })],
  ['providers[0].clientSecret', file => ({ provider: { clientSecret: reference('file', file) } })],
  ['session.secrets[0]', file => ({ session: { secrets: [reference('file', file)] } })],
  ['identity.assertion.keys[0]', file => ({ identity: { assertion: { keys: [file] } } })],
  ['routes[0].upstream.ca', ca => ({ route: { upstream: { url: 'https://app', ca } } })],
  ['routes[0].upstream.cert', cert => ({ route: { upstream: { url: 'https://app', cert, key: cert } } })],
  ['routes[0].upstream.key', cert => ({ route: { upstream: { url: 'https://app', cert, key: cert } } })],
]

for (const [option, change] of fileOptions) {
  t.test(`a file that ${option} cannot have is an error under that name (K-01, K-02)`, async t => {
    const folder = t.testdir({
      empty: '',
      newline: '\n',
      garbage: Buffer.from([0xff, 0xfe, 0x00]),
      words: ' ',
      folder: {},
    })
    writeFileSync(join(folder, 'huge'), 'x'.repeat(1024 * 1024 + 1))
    for (const name of ['missing', 'empty', 'newline', 'folder', 'garbage', 'words', 'huge', 'missing/below']) {
      const text = stringify(written(change(name)))
      const said = words(await readText(text, {}, folder))
      t.ok(
        said.some(line => line.startsWith(`${option}: `)),
        `${name}: ${said.join('\n')}`,
      )
    }
  })
}

t.test('a file without permission is an error (K-01)', async t => {
  const folder = t.testdir({ secret: 'abc' })
  chmodSync(join(folder, 'secret'), 0o000)
  // Root may read everything, so root is nobody for a moment.
  const isRoot = process.getuid?.() === 0
  if (isRoot) process.seteuid?.(65_534)
  try {
    t.match(await interpolate(reference('file', 'secret'), { env: {}, folder }), {
      found: /may not be read by this user/,
    })
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
})

t.test('what a refused value would have led to is not complained about too', async t => {
  const value = written({ server: { publicUrl: reference('env', 'NONE') } })
  t.match(words(await readWritten(value)), { length: 1 })
  t.match(
    await complaints({
      ...value,
      providers: [provider],
      routes: [
        { ...route, methods: 5 },
        { ...route, name: 'b', methods: 5 },
      ],
    }),
    { length: 3 },
  )
})
