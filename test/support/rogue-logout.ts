// The rogue provider's end of a session: it looks at who asks, tells the client in the ways that are registered, and sends the browser back.
import type { ServerResponse } from 'node:http'
import { json } from './rogue-faults.ts'
import { logoutToken } from './rogue-tokens.ts'
import { bendParams, type World } from './rogue-world.ts'

/** RP-initiated with parameters; without any, the person signs out at the provider itself. */
export async function endSession(world: World, params: URLSearchParams, response: ServerResponse): Promise<void> {
  world.seen.logout = params
  const problem = params.size > 0 ? problemOf(params, world) : undefined
  if (problem) return json(response, 400, { error: problem })
  // Before anything of the logout is answered, as the certification suite does it.
  if (world.registered.backchannelLogoutUri) await tell(world.registered.backchannelLogoutUri, world)
  const back = wayBack(params, world)
  if (world.registered.frontchannelLogoutUri)
    return framed(world.registered.frontchannelLogoutUri, back, world, response)
  if (back === undefined) return json(response, 200, { signed: 'out' })
  response.writeHead(303, { location: back }).end()
}

/** Whoever has registered an address is held to it. */
function problemOf(params: URLSearchParams, { idTokens, registered }: World): string | undefined {
  const { postLogoutRedirectUri: wanted } = registered
  if (wanted === undefined) return undefined
  if (!idTokens.has(params.get('id_token_hint') ?? '')) return 'id_token_hint is no token of this run'
  return params.get('post_logout_redirect_uri') === wanted ? undefined : 'post_logout_redirect_uri is not registered'
}

/** Whoever signs out at the provider stays there. */
function wayBack(params: URLSearchParams, world: World): string | undefined {
  const state = params.get('state')
  const answer = bendParams(world, 'farewell', new URLSearchParams(state === null ? {} : { state }))
  const uri = params.get('post_logout_redirect_uri')
  return uri === null ? undefined : `${uri}?${answer}`
}

/** With a parameter and a claim that nobody knows: both are to be ignored. */
async function tell(uri: string, world: World): Promise<void> {
  const token = logoutToken(world, { something_new: 'ignore me' })
  const body = new URLSearchParams({ logout_token: token, something_new: 'ignore me' })
  const answer = await fetch(uri, { method: 'POST', body })
  await answer.body?.cancel()
  world.seen.backchannel = { status: answer.status, cacheControl: answer.headers.get('cache-control') }
}

function framed(uri: string, back: string | undefined, { issuer }: World, response: ServerResponse): void {
  const src = `${uri}?${new URLSearchParams({ iss: issuer, sid: 'session-1' })}`
  const goOn = back === undefined ? '' : `<a href="${escaped(back)}">Go on</a>`
  const page = `<!doctype html><iframe src="${escaped(src)}"></iframe>${goOn}`
  response.writeHead(200, { 'content-type': 'text/html' }).end(page)
}

const escaped = (url: string): string => url.replaceAll('&', '&amp;')
