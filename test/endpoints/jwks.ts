import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import t from 'tap'
import { startGateAt } from '../support/gate.ts'
import { fieldOf } from '../support/raw.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'
import { startUpstream } from '../support/upstream.ts'

const directory = mkdtempSync(join(tmpdir(), 'sallyport-'))
t.teardown(() => rmSync(directory, { recursive: true }))

const newKey = (name: string): string => {
  const file = join(directory, `${name}.pem`)
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }))
  return file
}

t.test('anybody may read the keys, keep them for a while, and verify with them while they change', async t => {
  const upstream = await startUpstream(t)
  const rogue = await startRogueProvider(t)
  const [first, second] = [newKey('first'), newKey('second')]
  const { gate, browser, newBrowser } = await startGateAt(t, {
    provider: rogue,
    settings: { identity: { assertion: { keys: [first] } } },
    routes: [{ name: 'app', upstream: `http://127.0.0.1:${upstream.port}`, allow: [{ authenticated: true }] }],
  })
  const published = async () => {
    const answer = await newBrowser().fetch('/_sallyport/jwks.json')
    t.equal(answer.status, 200)
    t.equal(answer.headers['content-type'], 'application/jwk-set+json')
    t.equal(answer.headers['cache-control'], 'public, max-age=300')
    t.same(answer.setCookies, [])
    const set = JSON.parse(answer.body)
    for (const key of set.keys) t.notOk('d' in key, 'no private part')
    return set
  }
  const assertion = async () => {
    await browser.fetch('/')
    return fieldOf(upstream.requests.at(-1)?.headers ?? [], 'x-sallyport-assertion') ?? ''
  }
  await browser.visit('/')
  const [before, old] = [await published(), await assertion()]
  t.equal(before.keys.length, 1)

  await gate.reload({ identity: { assertion: { keys: [second, first] } } })
  const [after, fresh] = [await published(), await assertion()]
  t.equal(after.keys.length, 2)
  t.same(after.keys[1], before.keys[0])
  t.equal(decodeProtectedHeader(fresh).kid, after.keys[0].kid)
  for (const jwt of [old, fresh])
    await t.resolves(jwtVerify(jwt, createLocalJWKSet(after), { audience: 'app', issuer: gate.origin }))
})

t.test('a key of our own making stays the same over a reload', async t => {
  const rogue = await startRogueProvider(t)
  const { gate, browser } = await startGateAt(t, {
    provider: rogue,
    routes: [{ upstream: 'http://127.0.0.1:9', public: true }],
  })
  const before = (await browser.fetch('/_sallyport/jwks.json')).body
  await gate.reload({ log: { level: 'info' } })
  t.equal((await browser.fetch('/_sallyport/jwks.json')).body, before)
})
