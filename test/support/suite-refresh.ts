// The certification suite's refreshes in small: somebody signs in, the tokens run out, and something is asked for again.
import type { Test } from 'tap'
import { type Fault, tokens } from './rogue-faults.ts'
import { type Outcome, type Suite, startSuite } from './suite.ts'

export type Refreshed = { readonly suite: Suite; readonly login: Outcome; readonly after: Outcome }

/** What a refresh brought was no good: the session is over, and userinfo is not asked. */
export const over = { status: 401, signedIn: false, steps: /^token$/, userinfo: 0 }

export async function signInAndRefresh(t: Test, ...wrongs: readonly Fault[]): Promise<Refreshed> {
  let aheadMs = 0
  const suite = await startSuite(t, [tokens({ expires_in: 60 }), ...wrongs], { now: () => Date.now() + aheadMs })
  const login = await suite.login()
  aheadMs = 61_000
  return { suite, login, after: await suite.load(login.browser) }
}
