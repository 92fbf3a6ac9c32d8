// Asks the session API of a running gateway. What goes wrong becomes one sentence that says what to do.
import { readFile } from 'node:fs/promises'

export type Asking = { readonly method?: 'GET' | 'POST' | 'DELETE'; readonly body?: object }

export type AdminClient = { ask(path: string, asking?: Asking): Promise<AdminAnswer> }

export type AdminAnswer = { readonly ok: true; readonly body: unknown } | { readonly ok: false; readonly why: string }

const TIMEOUT_MS = 10_000

/** `url`: where `admin.listen` is. The key is read from a file, so that no list of processes shows it. */
export async function adminClient(url: string, keyFile: string): Promise<AdminClient | { readonly why: string }> {
  const base = URL.parse(url)
  if (base?.protocol !== 'http:' && base?.protocol !== 'https:')
    return { why: `"${url}" is not a URL; write one such as http://127.0.0.1:9090` }
  const key = await readFile(keyFile, 'utf8').catch((error: NodeJS.ErrnoException) => error)
  if (typeof key !== 'string') return { why: `the key file "${keyFile}" cannot be read (${key.code})` }
  if (!/^[\x21-\x7e]+\s*$/.test(key)) return { why: `the key file "${keyFile}" does not hold one key` }
  return { ask: (path, asking = {}) => ask(new URL(path, base), key.trim(), asking) }
}

async function ask(url: URL, key: string, { method = 'GET', body }: Asking): Promise<AdminAnswer> {
  try {
    const response = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
      // Whoever answers with a redirect is no gateway of ours, and must not learn the key's next stop.
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const text = await response.text()
    if (response.ok) return { ok: true, body: JSON.parse(text) }
    return { ok: false, why: whyRefused(response.status, text, url.origin) }
  } catch (error) {
    return { ok: false, why: `${url.origin} gave no answer that can be read (${reasonOf(error)})` }
  }
}

function whyRefused(status: number, text: string, origin: string): string {
  if (status === 401) return `${origin} does not accept this key; it wants the one that admin.key names`
  const { title, detail, code } = problemIn(text)
  if (status === 404 && code === undefined) return `${origin} has no session API; set admin.key in its configuration`
  return `${origin} answered ${status}: ${detail ?? title ?? 'without saying why'}`
}

type Words = Readonly<Partial<Record<'title' | 'detail' | 'code', string>>>

function problemIn(text: string): Words {
  const value: unknown = text.startsWith('{') ? JSON.parse(text) : {}
  return Object.fromEntries(
    Object.entries(value ?? {}).filter(([, word]) => typeof word === 'string' && !/\p{C}/u.test(word)),
  )
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown reason'
  if (error.name === 'TimeoutError') return 'none in time'
  if (error instanceof SyntaxError) return 'it is not JSON'
  const { cause } = error
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.message
}
