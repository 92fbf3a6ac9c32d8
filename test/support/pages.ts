// Every page once, with texts that would break out if they could.
import { errorCodes, sentenceOf, statusOf } from '../../src/core/errors.ts'
import { errorPage } from '../../src/pages/error-page.ts'
import { forbiddenPage } from '../../src/pages/forbidden-page.ts'
import type { Html } from '../../src/pages/html.ts'
import { loginProblemPage } from '../../src/pages/login-problem-page.ts'
import { logoutPage } from '../../src/pages/logout-page.ts'
import { returningPage } from '../../src/pages/returning-page.ts'
import { type SignedInDevice, sessionsPage } from '../../src/pages/sessions-page.ts'
import { signedOutPage } from '../../src/pages/signed-out-page.ts'

const now = Date.UTC(2026, 10, 23, 15, 4)
const device = (text: string, minutes: number, isThisOne = false): SignedInDevice => ({
  browser: text,
  address: text,
  provider: text,
  isThisOne,
  startedAt: now - minutes * 5 * 60_000,
  seenAt: now - minutes * 60_000,
  endAction: text,
})

const requestId = 'req-7f3k9q2m'

export const errorPages: ReadonlyArray<readonly [name: string, page: Html]> = errorCodes.map(code => [
  `error ${code}`,
  errorPage({ status: statusOf(code), sentence: sentenceOf(code), requestId }),
])

/** Every page as it may look, with one text from outside in every place that takes one. */
export const pagesWith = (text: string): ReadonlyArray<readonly [name: string, page: Html]> => [
  [
    'error',
    errorPage({
      status: 400,
      title: text,
      sentence: text,
      requestId: text,
      advice: `${text} \`${text}\``,
      retryUrl: text,
    }),
  ],
  ['forbidden', forbiddenPage({ sentence: text, reason: text, user: text, requestId: text, signOutAction: text })],
  ['signed out', signedOutPage({ signInUrl: text, providerSignedOut: false })],
  ['login problem', loginProblemPage({ sentence: text, requestId: text, retryUrl: text })],
  ['logout', logoutPage({ action: text, requestId: text })],
  ['returning', returningPage({ returnTo: text })],
  ...(['unknown', 3] as const).map(more => {
    const actions = { endOthersAction: text, endAllAction: text }
    const devices = [device(text, 0, true), device(text, 90)]
    return [
      `sessions, ${more} more`,
      sessionsPage({ user: text, devices, more, ...actions, requestId: text, now }),
    ] as const
  }),
]

/** Every page as it usually looks. */
export const usualPages: ReadonlyArray<readonly [name: string, page: Html]> = [
  [
    'error',
    errorPage({
      status: 400,
      sentence: sentenceOf('target-ambiguous'),
      requestId,
      advice: 'If the application needs this, its route can allow it with `allowInPath: [encodedSlash]`.',
      retryUrl: '/again',
    }),
  ],
  [
    'forbidden',
    forbiddenPage({
      sentence: 'You are signed in, but this application is not open to you.',
      reason: 'not-allowed',
      user: 'eve',
      requestId,
      signOutAction: '/_sallyport/logout',
    }),
  ],
  ['signed out', signedOutPage({ signInUrl: '/', providerSignedOut: true })],
  [
    'login problem',
    loginProblemPage({ sentence: sentenceOf('login-expired'), requestId, retryUrl: '/_sallyport/login' }),
  ],
  ['logout', logoutPage({ action: '/_sallyport/logout', requestId })],
  ['returning', returningPage({ returnTo: '/reports?q=1' })],
  ...([0, 'unknown'] as const).map(more => {
    const actions = { endOthersAction: '/_sallyport/sessions/end', endAllAction: '/_sallyport/sessions/end' }
    const named = { provider: 'corp', address: '203.0.113.7', endAction: '/_sallyport/sessions/end' }
    const devices = [
      { ...device('Firefox on Linux', 0, true), ...named },
      { ...device('Chrome on Android', 130), ...named, address: '2001:db8:85a3:8d3:1319:8a2e:370:7348' },
      { ...device('Grafana-datasource-proxy/12.3.0-pre+build.4711.with-a-long-name', 4000), ...named },
    ]
    const shown = more === 0 ? devices : devices.slice(0, 1)
    return [
      `sessions, ${more} more`,
      sessionsPage({ user: 'ann', devices: shown, more, ...actions, requestId, now }),
    ] as const
  }),
]
