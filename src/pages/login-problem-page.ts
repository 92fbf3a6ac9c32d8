// The page for a sign-in that did not end well: the same address must not be tried again, a new sign-in may be.
import type { Html } from './html.ts'
import { actions, layout, linkButton } from './layout.ts'

export type LoginProblemPage = {
  readonly sentence: string
  readonly requestId: string
  /** Starts a new sign-in. */
  readonly retryUrl: string
}

export function loginProblemPage({ sentence, requestId, retryUrl }: LoginProblemPage): Html {
  return layout({
    title: 'You are not signed in yet',
    label: 'Sign-in not finished',
    door: 'shut',
    lead: sentence,
    more: actions(linkButton(retryUrl, 'Start a new sign-in')),
    requestId,
  })
}
