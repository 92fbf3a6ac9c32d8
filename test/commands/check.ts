// `sallyport check` and `sallyport schema`, as they are typed.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { check } from '../../src/commands/check.ts'
import { schema } from '../../src/commands/schema.ts'

const good = `server: { publicUrl: "https://tools.example.com" }
providers: [{ name: corp, issuer: "https://login.example.com", clientId: sallyport, dangerouslyTrustUnverifiedEmail: true }]
routes:
  - { name: app, upstream: "http://app:8080", allow: [{ authenticated: true }] }
  - { name: docs, host: docs.example.com, upstream: "http://docs:8080", public: true }
`

type Command = typeof check

async function said(command: Command, ...args: string[]): Promise<readonly [code: number, output: string]> {
  const out = new PassThrough()
  const code = await command(args, out)
  out.end()
  return [code, await text(out)]
}

t.test('a good file is fine, with its warnings and a summary', async t => {
  const file = join(t.testdir(), 'good.yaml')
  writeFileSync(file, good)
  t.same(await said(check, '--config', file), [
    0,
    [
      `${file} is fine`,
      'warning: providers[0].dangerouslyTrustUnverifiedEmail is on: anybody may claim any e-mail address',
      '2 routes on 2 hosts: tools.example.com, docs.example.com',
      'open to everybody: docs',
      'to register at corp as redirect URI: https://tools.example.com/_sallyport/callback, https://docs.example.com/_sallyport/callback',
      'to register at corp as post-logout redirect URI: https://tools.example.com/_sallyport/signed-out, https://docs.example.com/_sallyport/signed-out',
      '',
    ].join('\n'),
  ])
})

t.test('a bad file is told everything at once, and the exit code says so (K-03)', async t => {
  const file = join(t.testdir(), 'bad.yaml')
  writeFileSync(file, good.replace('http://app:8080', 'app:8080').replace('public: true', 'pubic: true'))
  const [code, output] = await said(check, `--config=${file}`)
  t.equal(code, 1)
  t.match(output, `${file}:4:28 routes[0].upstream: "app:8080" has no scheme; write "http://app:8080"\n`)
  t.match(output, 'routes[1].pubic: unknown key; remove or correct it; did you mean "public"?\n')
  t.equal(output.trimEnd().split('\n').length, 3)
})

t.test('a file that is not there is a problem too', async t => {
  const [code, output] = await said(check, '--config', '/nowhere/config.yaml')
  t.equal(code, 1)
  t.equal(output, '/nowhere/config.yaml:1:1 the file does not exist; name a readable configuration file\n')
})

t.test('another command line is answered with the right one', async t => {
  for (const args of [
    [],
    ['--config'],
    ['config.yaml'],
    ['--confg', 'a'],
    ['--config', 'a', '--strict'],
    ['--', 'a'],
    ['--config', 'a', 'b'],
  ]) {
    t.same(await said(check, ...args), [2, 'usage: sallyport check --config FILE\n'], args.join(' '))
  }
  t.same(await said(schema, 'x'), [2, 'usage: sallyport schema\n'])
})

t.test('the schema is JSON Schema in which every key is described and no other is allowed', async t => {
  const [code, output] = await said(schema)
  t.equal(code, 0)
  const printed = JSON.parse(output)
  t.match(printed, { $schema: /json-schema.org/, required: ['server', 'providers', 'routes'] })
  const silent: string[] = []
  const look = (shape: Readonly<Record<string, unknown>>, path: string): void => {
    if (shape.properties && shape.additionalProperties !== false) silent.push(`${path} is open`)
    for (const [key, inner] of Object.entries(shape)) {
      if (typeof inner === 'object' && inner !== null) look(inner as typeof shape, `${path}/${key}`)
    }
    for (const [key, inner] of Object.entries((shape.properties ?? {}) as object)) {
      if (!inner.description) silent.push(`${path}/${key} has no description`)
    }
  }
  look(printed, '')
  t.same(silent, [])
})
