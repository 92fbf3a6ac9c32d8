// A real provider for tests: node-oidc-provider in a process of its own, on a free port of this machine.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Test } from './upstream.ts'

export type ProviderClient = {
  readonly clientId: string
  readonly clientSecret: string
  readonly authMethod?: 'client_secret_basic' | 'client_secret_post' | 'none'
}

/** Where this client (or else the first) wants to hear of logouts; in the place of where it wanted to before. */
export type BackChannel = { readonly logoutUri: string; readonly clientId?: string }

export type ProviderOptions = {
  readonly port?: number
  /** The first is `provider.client`. All share the registered redirect URIs. */
  readonly clients?: readonly [ProviderClient, ...ProviderClient[]]
  /** Claims by user name, in addition to ann, bob and cat. */
  readonly users?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly accessTokenSeconds?: number
  /** On by default: logout tokens name the session. Else they name the person only. */
  readonly logoutNamesSession?: boolean
  /** Off by default: then profile, email and groups come from userinfo only. */
  readonly claimsInIdToken?: boolean
}

export type RealProvider = {
  readonly issuer: string
  readonly client: ProviderClient
  /** Adds redirect URIs: gateways get their port only when they start. */
  register(
    redirectUris: readonly string[],
    postLogoutRedirectUris?: readonly string[],
    backChannel?: BackChannel,
  ): Promise<void>
  /** Requests so far, by path. */
  counts(): Promise<Readonly<Record<string, number>>>
  rotateKeys(): Promise<void>
  stop(): Promise<void>
  /** The same address again, with new keys and no memory except of the registrations. */
  restart(): Promise<void>
}

/** What the process is started with. */
export type Orders = Required<ProviderOptions>

export type Ask = { readonly id: number } & Wish

type Wish =
  | {
      readonly what: 'register'
      readonly redirectUris: readonly string[]
      readonly postLogoutRedirectUris: readonly string[]
      readonly backChannel: BackChannel | undefined
    }
  | { readonly what: 'rotateKeys' }
  | { readonly what: 'counts' }

export const people = {
  ann: {
    preferred_username: 'ann',
    name: 'Ann Archer',
    email: 'ann@example.com',
    email_verified: true,
    groups: ['sre', 'staff'],
  },
  bob: {
    preferred_username: 'bob',
    name: 'Bob Baker',
    email: 'bob@example.com',
    email_verified: true,
    groups: ['staff'],
  },
  cat: { preferred_username: 'cat', name: 'Cat Cooper', email: 'cat@example.com', email_verified: false },
} as const

const ownClient: ProviderClient = { clientId: 'sallyport', clientSecret: 'a secret, with: odd+characters/&%20' }

export async function startProvider(t: Test, options: ProviderOptions = {}): Promise<RealProvider> {
  const orders: Orders = {
    port: 0,
    clients: [ownClient],
    accessTokenSeconds: 300,
    claimsInIdToken: false,
    logoutNamesSession: true,
    ...options,
    users: { ...people, ...options.users },
  }
  let running = await startProcess(orders)
  const { issuer } = running
  const registered: Wish[] = []
  const stop = () => running.stop()
  t.teardown(stop)
  return {
    issuer,
    client: orders.clients[0],
    async register(redirectUris, postLogoutRedirectUris = [], backChannel) {
      const wish = { what: 'register', redirectUris, postLogoutRedirectUris, backChannel } as const
      registered.push(wish)
      await running.ask(wish)
    },
    counts: async () => (await running.ask({ what: 'counts' })) as Record<string, number>,
    async rotateKeys() {
      await running.ask({ what: 'rotateKeys' })
    },
    stop,
    async restart() {
      await stop()
      running = await startProcess({ ...orders, port: Number(new URL(issuer).port) })
      for (const wish of registered) await running.ask(wish)
    },
  }
}

type Running = { readonly issuer: string; ask(wish: Wish): Promise<unknown>; stop(): Promise<void> }

async function startProcess(orders: Orders): Promise<Running> {
  const path = new URL('provider-process.ts', import.meta.url).pathname
  const child = fork(path, [JSON.stringify(orders)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] })
  const complaints: string[] = []
  child.stderr?.setEncoding('utf8').on('data', line => complaints.push(line))
  const ended = once(child, 'exit').then(() => {
    throw new Error(`the provider process ended before it was ready:\n${complaints.join('')}`)
  })
  const [{ issuer }] = await Promise.race([once(child, 'message'), ended])
  ended.catch(() => undefined)
  return { issuer, ask: askOf(child), stop: () => stopProcess(child) }
}

function askOf(child: ChildProcess): Running['ask'] {
  let id = 0
  return wish =>
    new Promise(resolve => {
      const ask: Ask = { ...wish, id: ++id }
      const listen = (reply: { id?: number; answer?: unknown }) => {
        if (reply.id !== ask.id) return
        child.off('message', listen)
        resolve(reply.answer)
      }
      child.on('message', listen)
      child.send(ask)
    })
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
