// `sessions list` and `sessions end`: who is signed in at a running gateway, and how that ends.
import { parseArgs } from 'node:util'
import { ago } from '../core/ago.ts'
import { type AdminClient, type Asking, adminClient } from './admin-client.ts'
import { printTable } from './table.ts'

const usage = `Usage: sallyport sessions list [--user U] [--subject S] [--issuer I] [--provider P]
       sallyport sessions end --id ID | --user U | --subject S --issuer I

  --key-file FILE   the key that admin.key names (required)
  --url URL         the admin listener (http://127.0.0.1:9090)
  --json            for programs
`

const options = {
  user: { type: 'string' },
  subject: { type: 'string' },
  issuer: { type: 'string' },
  provider: { type: 'string' },
  id: { type: 'string' },
  url: { type: 'string', default: 'http://127.0.0.1:9090' },
  'key-file': { type: 'string' },
  json: { type: 'boolean', default: false },
} as const

type Words = Readonly<Partial<Record<'user' | 'subject' | 'issuer' | 'provider' | 'id', string>>>

/** Does its work and resolves to what is to be printed, or to why not. */
type Work = (client: AdminClient, json: boolean) => Promise<{ readonly text: string } | { readonly why: string }>

/** Resolves to the exit code: 0 done, 1 not done, 2 wrong usage. */
export async function sessions(args: readonly string[], out: NodeJS.WritableStream): Promise<number> {
  const wish = readWish(args)
  if (!wish) return fail(usage, 2)
  const client = await adminClient(wish.url, wish.keyFile)
  const done = 'why' in client ? client : await wish.work(client, wish.json)
  if ('why' in done) return fail(`sallyport: ${done.why}\n`, 1)
  out.write(done.text)
  return 0
}

function fail(text: string, code: 1 | 2): number {
  process.stderr.write(text)
  return code
}

/** Undefined when the command line is not one that we know. */
function readWish(args: readonly string[]) {
  const parsed = parsedArgs(args)
  if (!parsed) return undefined
  const { url, json, 'key-file': keyFile, ...words } = parsed.values
  const [verb, ...more] = parsed.positionals
  const work = verb === 'list' ? listing(words) : verb === 'end' ? ending(words) : undefined
  return keyFile === undefined || more.length > 0 || !work ? undefined : { url, json, keyFile, work }
}

function parsedArgs(args: readonly string[]) {
  try {
    return parseArgs({ args: withIdsAttached(args), options, allowPositionals: true })
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) return undefined
    throw error
  }
}

/** An id may begin with a dash, and would be taken for an option. */
const withIdsAttached = (args: readonly string[]): string[] =>
  args.flatMap((arg, at) => {
    if (arg === '--id' && isSessionId(args[at + 1])) return [`--id=${args[at + 1]}`]
    return args[at - 1] === '--id' && isSessionId(arg) ? [] : [arg]
  })

const isSessionId = (text: string | undefined): boolean => /^[\w-]{22}$/.test(text ?? '')

type Listed = Readonly<Record<'id' | 'user' | 'provider' | 'browser' | 'address' | 'startedAt' | 'seenAt', string>>
type Page = { readonly sessions: readonly Listed[]; readonly cursor: string | null }

const PAGE = '1000'

function listing({ id, ...filter }: Words): Work | undefined {
  if (id !== undefined) return undefined
  return async (client, json) => {
    const found: Listed[] = []
    const query = new URLSearchParams({ ...filter, limit: PAGE })
    for (let more = true; more; ) {
      const answer = await client.ask(`/sessions?${query}`)
      if (!answer.ok) return answer
      const { sessions, cursor } = answer.body as Page
      found.push(...sessions)
      more = cursor !== null
      if (cursor !== null) query.set('cursor', cursor)
    }
    return { text: json ? `${JSON.stringify(found, null, 2)}\n` : tableOf(found, Date.now()) }
  }
}

const heads = ['ID', 'USER', 'PROVIDER', 'BROWSER', 'ADDRESS', 'SIGNED IN', 'LAST SEEN']

function tableOf(found: readonly Listed[], now: number): string {
  if (found.length === 0) return 'Nobody is signed in.\n'
  const rows = found.map(({ id, user, provider, browser, address, startedAt, seenAt }) => {
    return [id, user, provider, browser, address, moment(startedAt, now), moment(seenAt, now)]
  })
  return printTable(heads, rows)
}

/** `2026-11-23 14:30 UTC (3 minutes ago)` */
const moment = (iso: string, now: number): string =>
  `${iso.slice(0, 16).replace('T', ' ')} UTC (${ago(now - Date.parse(iso))})`

function ending(words: Words): Work | undefined {
  const asked = endingRequest(words)
  if (!asked) return undefined
  const [path, asking] = asked
  return async (client, json) => {
    const answer = await client.ask(path, asking)
    if (!answer.ok) return answer
    const { ended } = answer.body as { readonly ended: readonly string[] }
    const count = `${ended.length} session${ended.length === 1 ? '' : 's'} ended\n`
    return { text: json ? `${JSON.stringify({ ended })}\n` : count }
  }
}

/** One way of naming what is to end, and no second one beside it. */
function endingRequest({ id, ...body }: Words): readonly [path: string, asking: Asking] | undefined {
  const named = Object.keys(body).sort().join(' and ')
  if (id !== undefined) return named === '' ? [`/sessions/${encodeURIComponent(id)}`, { method: 'DELETE' }] : undefined
  return named === 'user' || named === 'issuer and subject' ? ['/sessions/end', { method: 'POST', body }] : undefined
}
