// The page on which people see where they are signed in, and sign out there. It works without a script: every button is a form.
import { ago } from '../core/ago.ts'
import { type Html, html, type Markup } from './html.ts'
import { actions, layout, postButton } from './layout.ts'

export type SignedInDevice = {
  /** In words; it comes from a header that anybody may write. */
  readonly browser: string
  /** Where the sign-in came from; empty when nobody knows. */
  readonly address: string
  readonly provider: string
  readonly isThisOne: boolean
  /** Epoch milliseconds. */
  readonly startedAt: number
  readonly seenAt: number
  /** Where the POST goes that signs it out. */
  readonly endAction: string
}

export type SessionsPage = {
  readonly user: string
  readonly devices: readonly SignedInDevice[]
  /** How many there are beyond those shown; `unknown` where browsers alone keep the sessions. */
  readonly more: number | 'unknown'
  readonly endOthersAction: string
  readonly endAllAction: string
  readonly requestId: string
  /** Epoch milliseconds. */
  readonly now: number
}

export function sessionsPage(page: SessionsPage): Html {
  const { user, devices, more, now, requestId } = page
  return layout({
    title: 'Where you are signed in',
    door: 'open',
    lead: html`Signed in as <strong><bdi>${user}</bdi></strong>. Sign out what you do not recognise.`,
    more: [
      html`<ul class="devices">${devices.map((device, index) => row(device, index, now))}</ul>`,
      more !== 0 && html`<p class="beyond">${beyond(more)}</p>`,
      allAtOnce(page),
      html`<p class="beyond">A device that is still signed in at your identity provider can come back by itself. If you lost it, sign it out there too.</p>`,
    ],
    requestId,
  })
}

function row(
  { browser, address, provider, isThisOne, startedAt, seenAt, endAction }: SignedInDevice,
  index: number,
  now: number,
): Markup {
  const name = `device-${index}`
  return html`<li>
<div>
<h2 id="${name}"><bdi>${browser}</bdi>${isThisOne && html` <span class="here">This device</span>`}</h2>
<p>Last seen ${moment(seenAt, now)}</p>
<p>Signed in ${moment(startedAt, now)}${address !== '' && html` from <bdi>${address}</bdi>`} with <bdi>${provider}</bdi></p>
</div>
${postButton(endAction, 'Sign out', { kind: 'quiet', describedBy: name })}
</li>
`
}

/** In words, and exactly for whoever looks closer. */
function moment(at: number, now: number): Markup {
  const iso = new Date(at).toISOString()
  return html`<time datetime="${iso}" title="${iso.slice(0, 16).replace('T', ' ')} UTC">${ago(now - at)}</time>`
}

const beyond = (more: Exclude<SessionsPage['more'], 0>): string =>
  more === 'unknown'
    ? 'Your sessions are kept by your browsers, so only this one can be shown. You can still end all of them.'
    : `And ${more} more.`

function allAtOnce({ devices, more, endOthersAction, endAllAction }: SessionsPage): Markup | undefined {
  if (more === 'unknown') return actions(postButton(endAllAction, 'Sign out everywhere'))
  if (devices.length < 2) return undefined
  return actions(postButton(endOthersAction, 'Sign out everywhere else'))
}
