// `signed-out`: where a logout ends. Outside authentication, and no parameter that comes with it changes anything.
import { pageAnswer } from '../http/answer.ts'
import { signedOutPage } from '../pages/signed-out-page.ts'
import type { Endpoint } from './reception.ts'

export const signedOut: Endpoint = async ({ params }) => {
  // The provider returns our state with the browser; without one, only the session here has ended.
  return pageAnswer(200, signedOutPage({ signInUrl: '/', providerSignedOut: params.has('state') }), 'formless')
}
