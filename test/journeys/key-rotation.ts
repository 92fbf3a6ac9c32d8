// Session secrets and assertion keys are changed while people are at work: nobody is signed out, nobody gets an error, and every backend can verify who it was told.
import { generateKeyPairSync } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import t, { type Test } from 'tap'
import { openBrowser } from '../support/browser.ts'
import type { Settings } from '../support/gate.ts'
import { inMemory, startRedis } from '../support/redis.ts'
import { newSecret, routesTo, startApplication, startBalanced, urlOf } from '../support/replicas.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'
import { missing } from '../support/services.ts'
import { keepAsking } from '../support/steady-load.ts'

const PEOPLE = 8
/** Whoever is at work has the idle clock pushed on, and in the cookie store the session sealed anew, within a tenth of it. */
const IDLE_SECONDS = 10

type Keys = { readonly secrets: readonly string[]; readonly keys: readonly string[] }

const newKeys = () => ({
  secret: newSecret(),
  key: generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString(),
})

const [before, after] = [newKeys(), newKeys()]
const sole: Keys = { secrets: [before.secret], keys: [before.key] }
const published: Keys = { secrets: [before.secret, after.secret], keys: [before.key, after.key] }
const inForce: Keys = { secrets: [after.secret, before.secret], keys: [after.key, before.key] }
const alone: Keys = { secrets: [after.secret], keys: [after.key] }

type Wanted = { readonly gateways: number; storeFor(t: Test): Promise<Settings> }

async function openWorld(t: Test, { gateways: count, storeFor }: Wanted) {
  const provider = await startProviderOf(t)
  const store = await storeFor(t)
  const backend = { keySets: async (): Promise<readonly JSONWebKeySet[]> => [], origin: '', kids: new Set<string>() }
  const upstream = await startApplication(t, (request, response) => {
    verify(request, backend).then(
      () => response.end('here you are'),
      (error: Error) => response.writeHead(500).end(`{"code":"${error.name}"}`),
    )
  })
  const sections = ({ secrets, keys }: Keys): Settings => ({
    session: { secrets, store, idle: `${IDLE_SECONDS}s` },
    identity: { assertion: { keys } },
  })
  const providers = [{ name: 'corp', issuer: provider.issuer, ...provider.client, idTokenAlgs: ['ES256'] }]
  const { gateways, balancer } = await startBalanced(t, count, async () => ({
    ...sections(sole),
    providers,
    routes: routesTo(upstream),
  }))
  const { origin } = balancer
  const headers = { host: new URL(origin).host }
  const stranger = openBrowser(origin)
  const keySetOf = async ({ port }: { readonly port: number }): Promise<JSONWebKeySet> =>
    JSON.parse((await stranger.fetch(`http://localhost:${port}/_sallyport/jwks.json`, { headers })).body)
  backend.origin = origin
  backend.keySets = () => Promise.all(gateways.map(keySetOf))
  const people = Array.from({ length: PEOPLE }, () => openBrowser(origin))
  for (const person of people) await person.visit('/')
  const load = keepAsking(people)
  t.teardown(load.stop)
  return { load, gateways, backend, sections, origin }
}

const startProviderOf = (t: Test) => startRogueProvider(t, { alg: 'ES256' })

type Backend = { keySets(): Promise<readonly JSONWebKeySet[]>; readonly origin: string; readonly kids: Set<string> }

/** As a backend would that asks any of the gateways for its keys, whichever sent the request. */
async function verify({ headers }: IncomingMessage, { keySets, origin, kids }: Backend): Promise<void> {
  for (const keySet of await keySets()) {
    const assertion = String(headers['x-sallyport-assertion'])
    const { protectedHeader } = await jwtVerify(assertion, createLocalJWKSet(keySet), {
      issuer: origin,
      audience: 'all',
    })
    kids.add(String(protectedHeader.kid))
  }
}

/** Strangers sign in all the while, each at whatever gateways the balancer sends them to. */
async function signingIn(origin: string, act: () => Promise<void>): Promise<readonly number[]> {
  const statuses: number[] = []
  let isOver = false
  const strangers = async () => {
    while (!isOver) statuses.push((await openBrowser(origin).visit('/')).status)
  }
  const signIns = strangers()
  await act()
  isOver = true
  await signIns
  return statuses
}

const inCookies = async (): Promise<Settings> => ({ type: 'cookie' })

const stores: ReadonlyArray<readonly [string, Wanted & { readonly skip?: string | false }]> = [
  ['memory', { gateways: 1, storeFor: async () => ({ type: 'memory' }) }],
  ['cookie', { gateways: 2, storeFor: inCookies }],
  [
    'redis',
    {
      gateways: 2,
      skip: missing('redis-server'),
      storeFor: async t => ({ type: 'redis', url: urlOf(await startRedis(t, { config: inMemory })) }),
    },
  ],
]

for (const [name, { skip = false, ...wanted }] of stores)
  t.test(
    `nobody notices that secrets and keys change, one gateway after the other (${name} store)`,
    { skip },
    async t => {
      const { load, gateways, backend, sections, origin } = await openWorld(t, wanted)
      const steps = { published, 'in force': inForce, alone }
      for (const [step, keys] of Object.entries(steps)) {
        const tally = await load.during(async () => {
          const statuses = await signingIn(origin, async () => {
            for (const gateway of gateways) {
              await gateway.reload(sections(keys))
              await pause(300)
            }
            await pause(IDLE_SECONDS * 100 + 200)
          })
          t.ok(statuses.length > 0)
          t.strictSame([...new Set(statuses)], [200], `${step}: who signs in meanwhile gets in`)
        })
        t.comment(`${step}: ${JSON.stringify(tally)}`)
        t.ok(tally.answered > 0)
        t.equal(tally.lost, 0, `${step}: nobody is signed out`)
        t.strictSame(
          tally.failures,
          {},
          `${step}: no error, and every assertion is verified by the keys of each gateway`,
        )
      }
      const lastKids = (await backend.keySets()).flatMap(({ keys }) => keys.map(({ kid }) => kid))
      t.equal(new Set(lastKids).size, 1)
      t.equal(backend.kids.size, 2, 'assertions were signed by the old key and by the new one')
    },
  )

t.test('whoever signs before the others know the key is found out by this test', async t => {
  const { load, gateways, sections } = await openWorld(t, { gateways: 2, storeFor: inCookies })
  const { lost, failures } = await load.during(async () => {
    await gateways[0]?.reload(sections(inForce))
    await pause(IDLE_SECONDS * 100 + 500)
  })
  t.ok(lost > 0, 'the other gateway cannot open what the first has sealed')
  t.match(failures, { '500 JWKSNoMatchingKey': Number }, 'and does not publish the key by which it signs')
})
