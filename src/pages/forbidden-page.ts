// The page for somebody who is signed in and may not pass: says as whom, why, and offers to become somebody else.
import { type Html, html } from './html.ts'
import { actions, layout, postButton } from './layout.ts'

export type ForbiddenPage = {
  readonly sentence: string
  /** The reason word of the decision, as it stands in log and metrics. */
  readonly reason: string
  readonly user: string
  readonly requestId: string
  readonly signOutAction: string
}

export function forbiddenPage({ sentence, reason, user, requestId, signOutAction }: ForbiddenPage): Html {
  return layout({
    title: 'You may not pass here',
    label: `Forbidden: ${reason}`,
    door: 'shut',
    lead: sentence,
    more: [
      html`<p>Signed in as <strong><bdi>${user}</bdi></strong></p>`,
      actions(postButton(signOutAction, 'Sign in as somebody else')),
    ],
    requestId,
  })
}
