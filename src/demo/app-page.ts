// What the demo application shows: who it was told the visitor is, what exactly it was asked, and that streams stay alive.
import type { IncomingHttpHeaders } from 'node:http'
import { dangerouslyTrustedMarkup, type Html, html, htmlDocument, type Markup } from '../pages/html.ts'
import { appScript } from './app-script.ts'
import { appStyle } from './app-style.ts'

export type Visit = {
  readonly method: string
  /** The request target, byte for byte. */
  readonly target: string
  readonly fields: ReadonlyArray<readonly [name: string, value: string]>
  readonly headers: IncomingHttpHeaders
}

export const appPage = (visit: Visit): Html =>
  htmlDocument(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Courtyard</title>
<link rel="icon" href="data:,">
${dangerouslyTrustedMarkup(`<style>${appStyle}</style>`)}
</head>
<body>
<header><p class="brand"><span aria-hidden="true">◳</span> Courtyard</p><p class="tag">a small app that has no login of its own</p></header>
<main>
${greeting(visit.headers)}
<section aria-labelledby="asked"><h2 id="asked">What I was asked</h2><p class="asked"><span>${visit.method}</span> <code id="target">${visit.target}</code></p></section>
<div class="live">
<section aria-labelledby="echo-title">
<h2 id="echo-title">Websocket <span id="echo-state" class="state" role="status">connecting</span></h2>
<form id="echo-form"><label for="echo-text">Say something</label><div class="row"><input id="echo-text" autocomplete="off" placeholder="hello"><button>Send</button></div></form>
<output id="echo-said" for="echo-text">The answer appears here.</output>
</section>
<section aria-labelledby="clock-title">
<h2 id="clock-title">Event stream <span id="clock-state" class="state" role="status">connecting</span></h2>
<p class="clock"><time id="clock">--:--:--</time></p>
<p class="note">Ticks from the server, one a second: <span id="ticks">0</span></p>
</section>
</div>
<section aria-labelledby="headers">
<h2 id="headers">Every header I received</h2>
<table><thead><tr><th scope="col">Name</th><th scope="col">Value</th></tr></thead><tbody>
${[...visit.fields.filter(isTold), ...visit.fields.filter(field => !isTold(field))].map(headerRow)}
</tbody></table>
</section>
</main>
${dangerouslyTrustedMarkup(`<script>${appScript}</script>`)}
</body>
</html>
`)

function greeting(headers: IncomingHttpHeaders): Markup {
  const user = told(headers, 'x-forwarded-user')
  if (user === undefined) return stranger
  const rest = [told(headers, 'x-forwarded-email'), ...(told(headers, 'x-forwarded-groups')?.split(',') ?? [])]
  return html`<section class="who" aria-labelledby="who">
<div><p class="small">I was told that you are</p><h1 id="who">${user}</h1>
<ul>${rest.filter(word => word !== undefined).map(word => html`<li>${word}</li>`)}</ul></div>
<form method="post" action="/_sallyport/logout"><button class="out">Sign out</button></form>
</section>`
}

const stranger: Markup = html`<section class="who" aria-labelledby="who">
<div><p class="small">Nobody told me who you are</p><h1 id="who">Hello, stranger</h1></div>
<p><a class="out" href="/">Go to the part for members</a></p>
</section>`

function told(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

type Field = Visit['fields'][number]

/** What the gateway in front says about the visitor comes first. */
const isTold = ([name]: Field): boolean => /^x-forwarded-(?:user|email|groups|preferred)|^x-sallyport-/i.test(name)

const headerRow = (field: Field): Markup =>
  html`<tr${isTold(field) && html` class="told"`}><th scope="row">${field[0]}</th><td>${field[1]}</td></tr>`
