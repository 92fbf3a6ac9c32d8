// What the demo's identity provider shows: sign in, sign out, and what went wrong. Plain forms that work without a script.
import {
  dangerouslyTrustedMarkup,
  type Html,
  html,
  htmlDocument,
  type Interpolation,
  type Markup,
} from '../pages/html.ts'
import { type Person, people } from './people.ts'
import { providerStyle } from './provider-style.ts'

export type LoginForm = { readonly action: string; readonly clientName: string; readonly problem?: string }

export const loginForm = ({ action, clientName, problem }: LoginForm): Html =>
  card(
    'Sign in',
    html`<p class="to">to continue to <strong>${clientName}</strong></p>
<form method="post" action="${action}" aria-label="Choose an account">
<ul>${people.map(personButton)}</ul>
</form>
<p class="or"><span>or type a name</span></p>
<form method="post" action="${action}" aria-label="Type a name">
${problem !== undefined && html`<p class="problem" role="alert">${problem}</p>`}
<label for="login">User name</label>
<input id="login" name="login" autocomplete="username" autocapitalize="none" spellcheck="false" required>
<label for="password">Password <span class="soft">(anything will do)</span></label>
<input id="password" name="password" type="password" autocomplete="off">
<button class="main">Sign in</button>
</form>`,
  )

const personButton = ({ login, name, groups, note }: Person): Markup =>
  html`<li><button class="person" name="login" value="${login}"><span class="face" aria-hidden="true">${name.slice(0, 1)}</span><span class="who"><strong>${name}</strong><span class="soft">${login} · ${groups.join(', ')}</span></span><span class="note">${note}</span></button></li>`

/** `form` is the provider's own hidden form, by its id `op.logoutForm`. With `atOnce`, a browser that runs scripts need not be asked. */
export const logoutForm = (form: string, atOnce: boolean): Html =>
  card(
    atOnce ? 'Signing you out' : 'Sign out?',
    html`${dangerouslyTrustedMarkup(form.replace('</form>', '<input type="hidden" name="logout" value="yes"></form>'))}
<p class="to">This ends your session at the demo identity provider.</p>
<button class="main" type="submit" form="op.logoutForm">Sign out</button>
${atOnce && dangerouslyTrustedMarkup(`<script>document.getElementById('op.logoutForm').submit()</script>`)}`,
  )

export const signedOut = (): Html =>
  card('Signed out', html`<p class="to">You are no longer signed in at the demo identity provider.</p>`)

/** For somebody who came back to a sign-in that is over, as the back button leads to. */
export const signInOver = (home: string): Html =>
  card(
    'This sign-in is over',
    html`<p class="to">It was used already, or it took too long.</p>
<a class="main" href="${home}">Go to Courtyard</a>`,
  )

export type ProviderProblem = { readonly error: string; readonly error_description?: string | undefined }

export const problemPage = ({ error, error_description }: ProviderProblem): Html =>
  card(
    'This did not work',
    html`<p class="to">${error_description ?? 'The identity provider could not do what it was asked.'}</p><p class="code"><code>${error}</code></p>`,
  )

const card = (title: string, content: Interpolation): Html =>
  htmlDocument(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Demo Identity Provider</title>
<link rel="icon" href="data:,">
${dangerouslyTrustedMarkup(`<style>${providerStyle}</style>`)}
</head>
<body>
<main>
<p class="brand"><span aria-hidden="true"></span>Demo Identity Provider</p>
<h1>${title}</h1>
${content}
</main>
<footer>Made for trying things out: it lives in memory and believes everybody.</footer>
</body>
</html>
`)
