// An administrator for tests: asks the admin listener of a gateway, with a key or without.
import { randomBytes } from 'node:crypto'
import type { Gate } from './gate.ts'

export const newAdminKey = (): string => randomBytes(32).toString('base64url')

export type AdminReply = {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: whatever the gateway said, for the test to judge
  readonly body: any
}

export type AdminWish = { readonly method?: string; readonly body?: unknown; readonly headers?: Record<string, string> }

export type Admin = (path: string, wish?: AdminWish) => Promise<AdminReply>

/** Without a key: somebody who only found the port. */
export function adminOf({ adminPort }: Pick<Gate, 'adminPort'>, key?: string): Admin {
  return async (path, { method = 'GET', body, headers = {} } = {}) => {
    const response = await fetch(`http://127.0.0.1:${adminPort}${path}`, {
      method,
      headers: {
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) }
  }
}

export const post = (body: unknown): AdminWish => ({ method: 'POST', body })
