// `signed-out`: where a logout ends. Outside authentication, and no parameter that comes with it changes anything.
import { pageAnswer, withCookies } from '../http/answer.ts'
import { logoutPage } from '../pages/logout-page.ts'
import { signedOutPage } from '../pages/signed-out-page.ts'
import type { Endpoint } from './reception.ts'

export const signedOut: Endpoint = async ({ visit, address, params }, { sessions, prefix, now }) => {
  const { finding, setCookies } = await sessions.find(visit.cookies, address.host, now(), { slide: false })
  // Nobody walks away from a shared screen that says so while the session goes on.
  if (finding.kind === 'found')
    return pageAnswer(200, logoutPage({ action: `${prefix}/logout`, requestId: visit.id }), 'form')
  // The provider returns our state with the browser; without one, only the session here has ended.
  const page = signedOutPage({ signInUrl: '/', providerSignedOut: params.has('state') })
  return withCookies(pageAnswer(200, page, 'formless'), setCookies)
}
