// `start`: another site sends somebody here to log in (OpenID Connect Core 4). It may say at which of our providers, where to go then, and who it will be.
import { readHost } from '../core/host.ts'
import { frontPage, parseReturnTo, type SafeReturnTo } from '../core/return-to.ts'
import { type Answer, redirectAnswer } from '../http/answer.ts'
import { failureAnswer } from '../http/failure.ts'
import type { Address } from '../http/visit.ts'
import { type Caller, type Endpoint, onlyParam, type Reception } from './reception.ts'
import { startLogin } from './start-login.ts'

const MOST_HINT_CHARACTERS = 256

export const getStart: Endpoint = async (caller, reception) => start(caller.params, caller, reception)

export const postStart: Endpoint = async (caller, reception) => {
  const form = await caller.form()
  return form.ok ? start(form.params, caller, reception) : failureAnswer(caller.visit, form.code)
}

async function start(params: URLSearchParams, caller: Caller, reception: Reception): Promise<Answer> {
  // As at `login`: a transaction is only begun for somebody who is going somewhere.
  const mode = caller.raw.headers['sec-fetch-mode']
  if (mode !== undefined && caller.visit.asks !== 'navigation') return failureAnswer(caller.visit, 'unauthenticated')
  const iss = onlyParam(params, 'iss')
  // Compared and never fetched: nobody can make us talk to a provider of his own.
  const provider = Array.from(reception.providers.values()).find(({ issuer }) => issuer === iss)
  if (!provider) return failureAnswer(caller.visit, 'request-malformed')
  const loginHint = readHint(onlyParam(params, 'login_hint'))
  const goal = goalOf(onlyParam(params, 'target_link_uri'), caller.address, reception)
  if (goal.origin !== caller.address.origin) return startThere(goal, provider.issuer, loginHint, reception.prefix)
  return startLogin(caller, reception, { provider, returnTo: goal.path, attempt: 0, ...(loginHint && { loginHint }) })
}

/** It goes on to the provider, so it is one short line of readable text, or nothing. */
function readHint(text: string | undefined): string | undefined {
  return text && text.length <= MOST_HINT_CHARACTERS && !/[\p{C}\p{Zl}\p{Zp}]/u.test(text) ? text : undefined
}

type Goal = { readonly origin: string; readonly path: SafeReturnTo }

/** A path, or an address on a host of ours; anything else means the front page of this one. */
function goalOf(target: string | undefined, { origin }: Address, { prefix, originAt }: Reception): Goal {
  if (target?.startsWith('/')) return { origin, path: parseReturnTo(target, prefix) }
  const [, site = '', authority = '', path = '/'] = /^(https?:\/\/([^/?#\\]+))(\/[^#]*)?$/.exec(target ?? '') ?? []
  const host = readHost(authority)?.name
  const there = host && originAt(host)
  if (!there || URL.parse(site)?.origin !== there) return { origin, path: frontPage }
  return { origin: there, path: parseReturnTo(path, prefix) }
}

/** Cookies belong to a host, so a login begins at the host where it is to end. */
function startThere({ origin, path }: Goal, iss: string, loginHint: string | undefined, prefix: string): Answer {
  const params = new URLSearchParams({ iss, target_link_uri: path, ...(loginHint && { login_hint: loginHint }) })
  return redirectAnswer(`${origin}${prefix}/start?${params}`)
}
