// The page that does the last step of a login where the session cookie is strict: a step that begins here is no longer cross-site.
import { type Html, html } from './html.ts'
import { actions, layout, linkButton } from './layout.ts'

export type ReturningPage = {
  /** A path on our own origin. */
  readonly returnTo: string
}

export function returningPage({ returnTo }: ReturningPage): Html {
  return layout({
    title: 'You are signed in',
    door: 'open',
    lead: html`Taking you to the page that you asked for.`,
    more: actions(linkButton(returnTo, 'Go on')),
  })
}
