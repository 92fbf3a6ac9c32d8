// A gateway whose one provider does what the test tells it to, before an echo upstream.
import { type Running, type Settings, startGateAt } from './gate.ts'
import { type Rogue, startRogueProvider } from './rogue-provider.ts'
import { type Script, startUpstream, type TestUpstream } from './upstream.ts'

export type RogueGate = Running & { readonly rogue: Rogue; readonly upstream: TestUpstream }

export type RogueGateOptions = {
  /** Settings of the provider, beyond its name, issuer and client. */
  readonly provider?: Settings
  readonly settings?: Settings
  /** Without their upstream; else one route for everybody who is signed in. */
  readonly routes?: readonly Settings[]
  readonly answer?: Script
  readonly now?: () => number
}

export async function startRogueGate(
  t: Parameters<typeof startGateAt>[0],
  { provider, settings, routes = [{ allow: [{ authenticated: true }] }], answer, now }: RogueGateOptions = {},
): Promise<RogueGate> {
  const upstream = await startUpstream(t, answer && { answer })
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  const running = await startGateAt(t, {
    provider: rogue,
    routes: routes.map(route => ({ upstream: `http://127.0.0.1:${upstream.port}`, ...route })),
    settings: {
      providers: [{ name: 'corp', issuer: rogue.issuer, ...rogue.client, ...provider }],
      ...settings,
    },
    ...(now && { now }),
  })
  return { ...running, rogue, upstream }
}
