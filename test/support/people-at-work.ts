// People at work behind a balancer: signed in at node-oidc-provider through gateways that share a Redis, asking all the time; and what they notice of trouble.
import type { Test } from 'tap'
import { type Browser, openBrowser } from './browser.ts'
import { type ProviderOptions, startProvider } from './provider.ts'
import { startRedis } from './redis.ts'
import { newSecret, routesTo, startApplication, startBalanced, urlOf } from './replicas.ts'
import { keepAsking } from './steady-load.ts'

/** Long enough for the idle clocks of all to be pushed on while something is wrong. */
const IDLE = '20s'
export const onDisk = ["save ''", 'appendonly yes']

type Wanted = {
  readonly gateways: number
  readonly people: number
  readonly redis: readonly string[]
  readonly provider?: ProviderOptions
}

export async function openWorld(t: Test, wanted: Wanted) {
  const names = Array.from({ length: wanted.people }, (_, index) => `person-${index}`)
  const users = Object.fromEntries(names.map(name => [name, { preferred_username: name }]))
  const redis = await startRedis(t, { config: wanted.redis })
  const provider = await startProvider(t, { ...wanted.provider, users })
  const twice = countTwice()
  const upstream = await startApplication(t, (request, response) => {
    twice.see(request.url ?? '')
    response.end('here you are')
  })
  const { gateways, balancer } = await startBalanced(t, wanted.gateways, async origin => {
    await provider.register([`${origin}/_sallyport/callback`])
    const { clientId, clientSecret } = provider.client
    return {
      providers: [{ name: 'corp', issuer: provider.issuer, clientId, clientSecret, timeout: '2s' }],
      session: { secrets: [newSecret()], idle: IDLE, store: { type: 'redis', url: urlOf(redis) } },
      routes: routesTo(upstream),
    }
  })
  const people = names.map(() => openBrowser(balancer.origin))
  await signAllIn(people, names)
  const load = keepAsking(people)
  t.teardown(load.stop)
  return { names, gateways, balancer, redis, provider, people, load, twice }
}

export type World = Awaited<ReturnType<typeof openWorld>>

const AT_ONCE = 4

export async function signAllIn(people: readonly Browser[], names: readonly string[]): Promise<void> {
  for (let from = 0; from < people.length; from += AT_ONCE)
    await Promise.all(
      people.slice(from, from + AT_ONCE).map(async (browser, index) => {
        const page = await browser.signInAs(names[from + index] ?? '')
        if (page.status !== 200) throw new Error(`nobody can sign in: ${page.status} ${page.body}`)
      }),
    )
}

/** As those who keep asking number their requests. */
const numbered = /^\/\d+$/

/** How many requests reached the application more than once: their first answer got lost on the way. */
function countTwice() {
  const seen = new Set<string>()
  let twice = 0
  return {
    see(path: string) {
      if (seen.has(path) && numbered.test(path)) twice++
      seen.add(path)
    },
    take(): number {
      const taken = twice
      twice = 0
      return taken
    },
  }
}

/** While it happens and until everybody was answered once more. Answers what had to be sent again. */
export async function watch(t: Test, { load, balancer, twice }: World, what: string, act: () => unknown) {
  balancer.takeSentAgain()
  twice.take()
  const tally = await load.during(act)
  const report = { ...tally, sentAgain: balancer.takeSentAgain(), twice: twice.take() }
  t.comment(`${what}: ${JSON.stringify(report)}`)
  t.ok(tally.answered > 0, `${what}: people are at work`)
  t.strictSame(tally.failures, {}, `${what}: no request fails`)
  return report
}

export async function survive(t: Test, world: World, what: string, act: () => unknown) {
  const report = await watch(t, world, what, act)
  t.equal(report.lost, 0, `${what}: no session is lost`)
  return report
}

/** While Redis is away a gateway goes on with the sessions that it knows, and only with them. Answers their statuses. */
export async function showEverybodyEverywhere({ people, gateways, balancer }: World): Promise<readonly number[]> {
  const { host } = new URL(balancer.origin)
  const statuses: number[] = []
  for (const { port } of gateways) {
    const url = `http://localhost:${port}/hello`
    const pages = await Promise.all(people.map(person => person.fetch(url, { headers: { host } })))
    statuses.push(...pages.map(({ status }) => status))
  }
  return statuses
}
