// What all of our pages have in common: the frame around one heading, one sentence and perhaps one thing to do.
import { dangerouslyTrustedMarkup, type Html, html, htmlDocument, type Interpolation, type Markup } from './html.ts'
import { type Door, icon, mark, picture } from './mark.ts'
import { style } from './style.ts'

export type Page = {
  readonly title: string
  /** A small label above the heading. */
  readonly label?: string
  readonly door: Door
  readonly lead: Interpolation
  /** Buttons, links, advice: what follows the sentence. */
  readonly more?: Interpolation
  readonly requestId?: string | undefined
}

const styleElement = dangerouslyTrustedMarkup(`<style>${style}</style>`)

export function layout({ title, label, door, lead, more, requestId }: Page): Html {
  return htmlDocument(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title} · Sallyport</title>
${icon}
${styleElement}
</head>
<body>
<header>${mark}<span>Sallyport</span></header>
<main>
<div>
${label !== undefined && html`<p class="status">${label}</p>`}
<h1>${title}</h1>
<p class="lead">${lead}</p>
${more}
</div>
${picture(door)}
</main>
${requestId !== undefined && footer(requestId)}
</body>
</html>
`)
}

const footer = (requestId: string): Markup =>
  html`<footer><p>If you ask somebody for help, quote request <code>${requestId}</code></p></footer>`

/** A row of things to do. */
export const actions = (...items: readonly Interpolation[]): Markup => html`<div class="actions">${items}</div>`

/** A link that looks like a button. The address of this page may hold a spent code, so nobody is told it. */
export function linkButton(href: string, text: string, kind: 'main' | 'quiet' = 'main'): Markup | undefined {
  if (!isWebAddress(href)) return undefined
  return html`<a class="button ${kind}" href="${href}" rel="noreferrer">${text}</a>`
}

export type ButtonLook = {
  readonly kind?: 'main' | 'quiet'
  /** The id of the element that says what this button is about, where several bear the same words. */
  readonly describedBy?: string
}

/** A form that is one button: what changes something is a POST. */
export function postButton(
  action: string,
  text: string,
  { kind = 'main', describedBy }: ButtonLook = {},
): Markup | undefined {
  if (!isWebAddress(action)) return undefined
  const about = describedBy !== undefined && html` aria-describedby="${describedBy}"`
  return html`<form method="post" action="${action}"><button class="button ${kind}" type="submit"${about}>${text}</button></form>`
}

/** A path of our own or an http(s) address. Anything else (`javascript:`, `//elsewhere`) never becomes a link. */
const isWebAddress = (text: string): boolean => /^(?:\/(?![/\\])|https?:\/\/)[^\s\\]*$/.test(text)
