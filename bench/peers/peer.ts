// What the gateways in the comparison have in common, whoever wrote them.
import type { RealProvider } from '../../test/support/provider.ts'
import type { ServiceName } from '../../test/support/services.ts'
import type { Cores } from '../machine.ts'
import type { Program } from '../program.ts'
import type { Stage } from '../stage.ts'

/** What a peer finds when it starts. */
export type Ground = {
  readonly stage: Stage
  readonly cores: Cores
  /** Port of the application behind everybody. */
  readonly upstream: number
  readonly provider: RealProvider
  /** Whether a gateway of this name is wanted. */
  admits(name: string): boolean
}

/** Whom every peer that knows people must let in and name to the application. */
export const USER = 'ann'
export const GROUP = 'staff'

export type Peer = {
  readonly program: Program
  readonly port: number
  /** What visitors call it: host and port. */
  readonly host: string
  /** What is asked for is below it. */
  readonly base: string
  /** Strangers are turned away and the application is told who is asking. */
  readonly knowsPeople: boolean
  /** The cookies of somebody who has signed in, as good as new; undefined where nobody signs in. */
  cookies(): Promise<string | undefined>
}

/** Below `/app-` the application asks for an identity, below `/open` it does not. */
export const knownPeople = { base: '/app-10', knowsPeople: true } as const
export const everybody = { base: '/open', knowsPeople: false, cookies: async () => undefined } as const

export type PeerKind = {
  readonly name: string
  readonly needs: readonly ServiceName[]
  start(ground: Ground): Promise<Peer>
}
