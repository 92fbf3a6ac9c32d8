// When an access token ends: providers say it in seconds, in strange ways, or not at all.
import type { CustomFetch } from 'openid-client'

const LONGEST_SECONDS = 10 * 365 * 24 * 60 * 60

/** Epoch milliseconds; undefined when the provider does not say, or says zero or less. Ten years at the most. */
export function expiresAt(expiresIn: number | undefined, now: number): number | undefined {
  if (expiresIn === undefined || !(expiresIn > 0)) return undefined
  return now + Math.floor(Math.min(expiresIn, LONGEST_SECONDS) * 1000)
}

/** openid-client fails a token response whose `expires_in` it cannot read, though nothing else is wrong with it: such a one is left out. */
export function tolerateOddExpiry(fetch: CustomFetch): CustomFetch {
  return async (url, options) => {
    const answer = await fetch(url, options)
    if (options.method !== 'POST' || answer.status !== 200) return answer
    return new Response(withoutOddExpiry(await answer.text()), answer)
  }
}

function withoutOddExpiry(text: string): string {
  const body = parseObject(text)
  if (!body || !('expires_in' in body) || isReadable(body.expires_in)) return text
  const { expires_in: _, ...rest } = body
  return JSON.stringify(rest)
}

function isReadable(expiresIn: unknown): boolean {
  if (typeof expiresIn === 'string') return /^\d{1,15}$/.test(expiresIn)
  return typeof expiresIn === 'number' && Number.isFinite(expiresIn) && expiresIn >= 0
}

function parseObject(text: string): object | undefined {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? body : undefined
  } catch {
    // Not for here to answer: openid-client says what is wrong with it.
    return undefined
  }
}
