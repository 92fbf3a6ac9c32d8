// The page for everything that went wrong: what happened in one sentence, and what can be done about it.
import { type Html, html, type Markup } from './html.ts'
import { actions, layout, linkButton } from './layout.ts'

export type ErrorPage = {
  readonly status: number
  readonly title?: string
  readonly sentence: string
  readonly requestId: string
  /** What would make it work; what stands between backticks is shown as code. */
  readonly advice?: string
  readonly retryUrl?: string
}

const titles: Readonly<Record<number, string>> = {
  400: 'That request was refused',
  401: 'You are not signed in',
  403: 'You cannot go on here',
  404: 'Nothing here',
  405: 'Not in this way',
  413: 'Too much at once',
  421: 'Nobody by that name here',
  429: 'Too many requests',
  500: 'Something went wrong',
  502: 'No good answer',
  503: 'Not available at the moment',
  504: 'No answer in time',
}

export function errorPage({ status, title, sentence, requestId, advice, retryUrl }: ErrorPage): Html {
  return layout({
    title: title ?? titles[status] ?? 'Something went wrong',
    label: `Error ${status}`,
    door: 'shut',
    lead: sentence,
    more: [
      advice !== undefined && note(advice),
      retryUrl !== undefined && actions(linkButton(retryUrl, status === 401 ? 'Sign in' : 'Try again')),
    ],
    requestId,
  })
}

const note = (advice: string): Markup =>
  html`<aside class="advice" aria-labelledby="advice"><h2 id="advice">What may help</h2><p>${withCode(advice)}</p></aside>`

const withCode = (text: string): Array<Markup | string> =>
  text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))
