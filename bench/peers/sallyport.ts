// Sallyport as it is shipped, with everything switched on: a session, twenty routes, a policy by group, identity headers, the assertion, the access log, metrics.
import { stringify } from 'yaml'
import { freePort, type Settings } from '../../test/support/gate.ts'
import { newSecret } from '../../test/support/replicas.ts'
import { launch, type Order } from '../program.ts'
import type { Shipped } from '../shipped.ts'
import { everybody, GROUP, type Ground, knownPeople, type Peer } from './peer.ts'
import { signIn } from './sign-in.ts'

export type Variant = {
  readonly shipped: Shipped
  readonly store?: Settings
  readonly routes?: number
  /** Settings of every route. */
  readonly route?: Settings
  /** More flags for Node. */
  readonly flags?: readonly string[]
}

const ROUTES = 20

export async function startSallyport(ground: Ground, variant: Variant): Promise<Peer> {
  const peer = await launchSallyport(ground, variant)
  await ground.provider.register([`http://${peer.host}/_sallyport/callback`])
  return { ...peer, ...knownPeople, ...(await signIn(`http://${peer.host}`, `${knownPeople.base}/headers`)) }
}

/** The same gateway, asked for a page that is open to everybody, by nobody in particular: what forwarding alone costs us. */
export async function startBareSallyport(ground: Ground, variant: Variant): Promise<Peer> {
  const peer = await launchSallyport(ground, variant)
  return { ...peer, ...everybody }
}

async function launchSallyport(ground: Ground, variant: Variant): Promise<Pick<Peer, 'program' | 'port' | 'host'>> {
  const port = await freePort()
  const host = `localhost:${port}`
  const program = await launch(ground.stage, await orderOf(ground, variant, port))
  return { program, port, host }
}

export async function orderOf(ground: Ground, variant: Variant, port: number): Promise<Order> {
  const { shipped, flags } = variant
  const configuration = settings(ground, variant, { port, admin: await freePort() })
  return {
    ...{ cores: ground.cores, port, name: 'sallyport' },
    files: { 'sallyport.yaml': stringify(configuration) },
    command: folder => [...shipped.command(flags), 'start', '--config', `${folder}/sallyport.yaml`],
    env: { NODE_ENV: 'production' },
  }
}

type Ports = { readonly port: number; readonly admin: number }

function settings({ provider, upstream }: Ground, variant: Variant, { port, admin }: Ports): Settings {
  const { store = { type: 'memory' }, routes = ROUTES, route = {} } = variant
  const { issuer, client } = provider
  const own = { upstream: `http://127.0.0.1:${upstream}`, ...route }
  return {
    server: { listen: `127.0.0.1:${port}`, publicUrl: `http://localhost:${port}`, drain: '1s', limits },
    admin: { listen: `127.0.0.1:${admin}` },
    providers: [
      {
        ...{ name: 'corp', issuer, clientId: client.clientId, clientSecret: client.clientSecret },
        scopes: ['openid', 'profile', 'email', 'groups'],
      },
    ],
    session: { secrets: [newSecret()], store },
    identity: { headers: 'standard', assertion: { ttl: '60s' } },
    log: { level: 'info', subject: true },
    routes: [
      ...Array.from({ length: routes - 1 }, (_, index) => application(index + 1, own)),
      { name: 'open', path: '/open', public: true, ...own },
    ],
  }
}

/** One visitor plays a crowd here. */
const limits = {
  connections: 100_000,
  connectionsPerAddress: 100_000,
  requestsPerVisitor: 100_000,
  websocketsPerVisitor: 100_000,
}

const application = (number: number, own: Settings): Settings => ({
  name: `app-${number}`,
  path: `/app-${number}`,
  allow: [{ groups: ['nobody', GROUP] }, { groups: ['sre'], methods: ['DELETE'] }],
  headers: { set: { 'X-Team': '{identity.groups}' }, remove: ['X-Debug'] },
  ...own,
})
