// The page between the identity provider and the application, where the browser needs one more step from a page of our own.
import type { Html } from './html.ts'
import { actions, layout, linkButton } from './layout.ts'

export function returningPage({ returnTo }: { readonly returnTo: string }): Html {
  return layout({
    title: 'You are signed in',
    door: 'open',
    lead: 'One moment: you are being taken to the page you asked for.',
    more: actions(linkButton(returnTo, 'Go there now')),
  })
}
