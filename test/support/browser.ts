// A browser for tests: a cookie jar, redirects, HTML forms; no script. It asks like a navigation unless told otherwise.
import { type IncomingHttpHeaders, request } from 'node:http'

export type Page = {
  readonly url: string
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly location: string | undefined
  readonly setCookies: readonly string[]
  readonly body: string
}

export type Asking = {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** A page of another site sends it, and not by a link: only cookies that are meant for every site come along. */
  readonly fromElsewhere?: boolean
}

export type Browser = {
  /** One request, no redirects followed. */
  get(url: string, asking?: Asking): Promise<Page>
  post(url: string, body: string, asking?: Asking): Promise<Page>
  /** Like fetch() in a page: a program asks. */
  fetch(url: string, asking?: Asking): Promise<Page>
  /** Goes where redirects lead. */
  visit(url: string): Promise<Page>
  /** Visits, and signs in at whatever form the provider shows; ends on the page that was asked for. */
  signInAs(user: string, url?: string): Promise<Page>
  /** Fills in and submits the only form of a page (or the one whose action has `action` in it). */
  submit(page: Page, fields?: Readonly<Record<string, string>>, action?: string): Promise<Page>
  /** What the jar would send to a URL. */
  cookies(url: string): string | undefined
  readonly jar: Map<string, Map<string, string>>
}

const navigation = {
  accept: 'text/html,application/xhtml+xml',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
}
const MOST_HOPS = 20

/** `userAgent`: what it calls itself; nothing when left out. */
export function openBrowser(home: string, userAgent?: string): Browser {
  const jar = new Map<string, Map<string, string>>()
  const forEverySite = new Set<string>()
  const ask = async (url: string, asking: Asking = {}): Promise<Page> => {
    const target = new URL(url, home)
    const cookies = cookiesFor(jar, target, asking.fromElsewhere ? forEverySite : undefined)
    const page = await exchange(target, {
      ...asking,
      headers: {
        ...(userAgent && { 'user-agent': userAgent }),
        ...(cookies && { cookie: cookies }),
        ...asking.headers,
      },
    })
    keepCookies(jar, target, page.setCookies)
    noteSameSite(forEverySite, target, page.setCookies)
    return page
  }
  const get = (url: string, asking: Asking = {}) =>
    ask(url, { ...asking, headers: { ...navigation, ...asking.headers } })
  const follow = async (first: Page): Promise<Page> => {
    let page = first
    for (let hop = 0; page.location !== undefined; hop++) {
      if (hop === MOST_HOPS) throw new Error(`too many redirects, the last to ${page.location}`)
      page = await get(new URL(page.location, page.url).href)
    }
    return page
  }
  const submit: Browser['submit'] = async (page, fields = {}, action = '') => {
    const form = formOf(page, action)
    const body = new URLSearchParams({ ...form.hidden, ...fields }).toString()
    const { origin, hostname } = new URL(page.url)
    const fromElsewhere = hostname !== new URL(form.action).hostname
    const site = fromElsewhere ? 'cross-site' : 'same-origin'
    const headers = {
      ...navigation,
      origin,
      'sec-fetch-site': site,
      'content-type': 'application/x-www-form-urlencoded',
    }
    return follow(await ask(form.action, { method: 'POST', body, headers, fromElsewhere }))
  }
  return {
    jar,
    get,
    submit,
    fetch: (url, asking = {}) =>
      ask(url, {
        ...asking,
        headers: { accept: '*/*', 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'same-origin', ...asking.headers },
      }),
    post: (url, body, asking = {}) =>
      ask(url, {
        method: 'POST',
        body,
        ...asking,
        headers: {
          ...navigation,
          origin: new URL(url, home).origin,
          'content-type': 'application/x-www-form-urlencoded',
          ...asking.headers,
        },
      }),
    visit: async url => follow(await get(url)),
    async signInAs(user, url = '/') {
      let page = await follow(await get(url))
      for (let step = 0; step < 4 && new URL(page.url).origin !== new URL(home).origin; step++) {
        page = await submit(page, /name="login"/.test(page.body) ? { login: user, password: 'any' } : {})
      }
      return page
    },
    cookies: url => cookiesFor(jar, new URL(url, home)),
  }
}

function exchange(url: URL, { method = 'GET', headers = {}, body }: Asking): Promise<Page> {
  return new Promise((resolve, reject) => {
    // Names below .test and .localhost all live on this machine; the Host header keeps the name.
    const sent = request({
      host: '127.0.0.1',
      port: url.port || 80,
      path: url.pathname + url.search,
      method,
      headers: { host: url.host, ...headers, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) },
      agent: false,
    })
    sent.on('error', reject)
    sent.on('response', response => {
      const chunks: Buffer[] = []
      response.on('data', chunk => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        resolve({
          url: url.href,
          status: response.statusCode ?? 0,
          headers: response.headers,
          location: response.headers.location,
          setCookies: response.headers['set-cookie'] ?? [],
          body: Buffer.concat(chunks).toString(),
        })
      })
    })
    sent.end(body)
  })
}

/** Cookies separate by host, not by port, as in every browser. */
function cookiesFor(jar: Browser['jar'], { hostname }: URL, only?: ReadonlySet<string>): string | undefined {
  const here = Array.from(jar.get(hostname) ?? []).filter(([name]) => !only || only.has(`${hostname} ${name}`))
  return here.length > 0 ? here.map(pair => pair.join('=')).join('; ') : undefined
}

function noteSameSite(forEverySite: Set<string>, { hostname }: URL, lines: readonly string[]): void {
  for (const line of lines) {
    const cookie = `${hostname} ${line.split('=', 1)[0]}`
    if (/;\s*samesite=none(?:;|$)/i.test(line)) forEverySite.add(cookie)
    else forEverySite.delete(cookie)
  }
}

function keepCookies(jar: Browser['jar'], { hostname }: URL, lines: readonly string[]): void {
  const here = jar.get(hostname) ?? new Map<string, string>()
  jar.set(hostname, here)
  for (const line of lines) {
    const [, name = '', value = ''] = /^([^=;]*)=([^;]*)/.exec(line) ?? []
    if (/;\s*max-age=0(?:;|$)/i.test(line) || /;\s*expires=Thu, 01 Jan 1970/i.test(line)) here.delete(name)
    else here.set(name, value)
  }
}

function formOf(page: Page, wanted: string): { action: string; hidden: Record<string, string> } {
  const forms = Array.from(page.body.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs))
  const form = forms.find(([, attributes = '']) => (attribute(attributes, 'action') ?? '').includes(wanted))
  if (!form) throw new Error(`no form on ${page.url} (status ${page.status}): ${page.body.slice(0, 300)}`)
  const hidden: Record<string, string> = {}
  for (const [, attributes = ''] of (form[2] ?? '').matchAll(/<input\b([^>]*)>/g)) {
    const name = attribute(attributes, 'name')
    if (name && attribute(attributes, 'type') === 'hidden') hidden[name] = attribute(attributes, 'value') ?? ''
  }
  return { action: new URL(attribute(form[1] ?? '', 'action') ?? page.url, page.url).href, hidden }
}

function attribute(attributes: string, name: string): string | undefined {
  const found = new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1]
  return found?.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#39;', "'")
}
