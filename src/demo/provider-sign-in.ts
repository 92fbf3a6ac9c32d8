// The sign-in page of the demo's identity provider: shows who there is, and believes whoever answers.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type Provider from 'oidc-provider'
import { personCalled } from './people.ts'
import { loginForm, signInOver } from './provider-pages.ts'

export type SignIn = {
  readonly provider: Provider
  /** Where people came from. */
  readonly home: string
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/** GET shows the form, POST with a `login` field signs in. */
export async function signIn({ provider, home, request, response }: SignIn): Promise<void> {
  try {
    const { uid } = await provider.interactionDetails(request, response)
    const login = request.method === 'POST' ? await loginFrom(request) : undefined
    const person = login === undefined ? undefined : personCalled(login)
    if (person) return await provider.interactionFinished(request, response, { login: { accountId: person.login } })
    const problem = login === undefined ? {} : { problem: `There is nobody called “${login}” here.` }
    show(response, 200, loginForm({ action: `/interaction/${uid}`, clientName: 'Courtyard', ...problem }))
  } catch (error) {
    if (!(error instanceof Error && error.name === 'SessionNotFound')) throw error
    show(response, 400, signInOver(home))
  }
}

async function loginFrom(request: IncomingMessage): Promise<string> {
  return new URLSearchParams(await text(request)).get('login')?.trim() ?? ''
}

function show(response: ServerResponse, status: number, page: string): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
  response.end(page)
}
