// `login`: sends a person to the identity provider. The only things that a link may choose are where to return and which configured provider.
import { ownPages, parseReturnTo, pathOfOwnPage, type SafeReturnTo } from '../core/return-to.ts'
import { failureAnswer } from '../http/failure.ts'
import type { Provider } from '../oidc/provider.ts'
import { type Endpoint, onlyParam, type Reception } from './reception.ts'
import { startLogin } from './start-login.ts'

export const login: Endpoint = async (caller, reception) => {
  // A transaction is only ever begun for somebody who is going somewhere: scripts and images start none.
  const mode = caller.raw.headers['sec-fetch-mode']
  if (mode !== undefined && caller.visit.asks !== 'navigation') return failureAnswer(caller.visit, 'unauthenticated')
  const provider = chosenProvider(onlyParam(caller.params, 'provider'), reception)
  if (!provider) return failureAnswer(caller.visit, 'not-found')
  return startLogin(caller, reception, { provider, returnTo: goalOf(caller.params, reception), attempt: 0 })
}

/** `then` names a page of ours, `return_to` an address of an application. */
function goalOf(params: URLSearchParams, { prefix }: Reception): SafeReturnTo {
  const page = ownPages.find(name => name === onlyParam(params, 'then'))
  return page ? pathOfOwnPage(page, prefix) : parseReturnTo(onlyParam(params, 'return_to'), prefix)
}

function chosenProvider(name: string | undefined, { providers }: Reception): Provider | undefined {
  return name === undefined ? providers.values().next().value : providers.get(name)
}
