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
  response.writeHead(303, { location: back }).end()
}

/** Whoever has registered an address is held to it. */
function problemOf(params: URLSearchParams, { idTokens, registered }: World): string | undefined {
  const { postLogoutRedirectUri: wanted } = registered
  if (wanted === undefined) return undefined
  if (!idTokens.has(params.get('id_token_hint') ?? '')) return 'id_token_hint is no token of this run'
  return params.get('post_logout_redirect_uri') === wanted ? undefined : 'post_logout_redirect_uri is not registered'
}

function wayBack(params: URLSearchParams, world: World): string {
  const state = params.get('state')
  const answer = bendParams(world, 'farewell', new URLSearchParams(state === null ? {} : { state }))
  return `${params.get('post_logout_redirect_uri')}?${answer}`
}

/** With a parameter and a claim that nobody knows: both are to be ignored. */
async function tell(uri: string, world: World): Promise<void> {
  const token = logoutToken(world, { something_new: 'ignore me' })
  const body = new URLSearchParams({ logout_token: token, something_new: 'ignore me' })
  const answer = await fetch(uri, { method: 'POST', body })
  await answer.body?.cancel()
  world.seen.backchannel = { status: answer.status, cacheControl: answer.headers.get('cache-control') }
}

function framed(uri: string, back: string, { issuer }: World, response: ServerResponse): void {
  const src = `${uri}?${new URLSearchParams({ iss: issuer, sid: 'session-1' })}`
  const [frame, next] = [src, back].map(url => url.replaceAll('&', '&amp;'))
  const page = `<!doctype html><iframe src="${frame}"></iframe><a href="${next}">Go on</a>`
  response.writeHead(200, { 'content-type': 'text/html' }).end(page)
}
