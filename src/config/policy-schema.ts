// The schema of `allow` and `deny`: criteria that are too wide or can never hold are refused by name.
import { z } from 'zod'
import { readHostName, readRange } from './addresses.ts'
import { leaf, name, plainText, someOf } from './leaf.ts'
import { readMethod } from './paths.ts'
import { isRefusal, type Refusal } from './problems.ts'

export const range = leaf('address range', '10.0.0.0/8', readRange)

export const methods = someOf(leaf('method', 'GET', readMethod))

const nameOf = (what: string, example: string) =>
  leaf<string>(what, example, text => {
    if (text === '' || text !== text.trim())
      return { refused: 'is empty or has white space around it', wanted: `write a ${what}` }
    return text.includes('*')
      ? {
          refused: 'holds a "*", which is no wildcard here',
          wanted: 'write it out, or "authenticated: true" for everybody who is signed in',
        }
      : text
  })

function readDomain(text: string): string | Refusal {
  const bare = text.replace(/^(?:\*?@|\*\.)/, '')
  const host = readHostName(bare)
  const wanted = 'write an exact domain such as example.com'
  if (isRefusal(host) || host.startsWith('[')) return { refused: 'is not a domain', wanted }
  return bare === text ? host : { refused: 'is more than a domain', wanted, suggestion: `write "${host}"` }
}

function readEmail(text: string): string | Refusal {
  const [local = '', domain = '', ...rest] = text.split('@')
  const isPlain = local === '*' || /^[A-Za-z0-9!#$%&'+/=?^_`{|}~.-]{1,64}$/.test(local)
  if (isPlain && rest.length === 0 && !isRefusal(readDomain(domain))) return text
  return { refused: 'is not an e-mail address', wanted: 'write ann@example.com, or *@example.com for all of a domain' }
}

/** An item without criteria could be read as "nobody" and as "everybody". */
function saysSomething(payload: z.core.ParsePayload<object>): void {
  if (Object.keys(payload.value).length > 0) return
  const refusal: Refusal = { refused: 'names no criterion', wanted: 'write one, or "authenticated: true"' }
  payload.issues.push({ code: 'custom', input: payload.value, message: refusal.refused, params: refusal })
}

const claimValue = z.union([z.string(), z.number(), z.boolean()]).meta({ title: 'text, number or true/false' })

const criteria = z.strictObject({
  authenticated: z.literal(true).describe('Anybody who is signed in.').optional(),
  providers: someOf(name)
    .describe(
      'Names of providers that the person may come from; with several, say so where `users`, `groups` or `claims` count.',
    )
    .optional(),
  users: someOf(nameOf('user name', 'ann')).describe('User names; letter case is ignored.').optional(),
  emails: someOf(leaf('e-mail address', '*@example.com', readEmail))
    .describe(
      'Addresses, or `*@` and a domain. `allow` believes verified ones only; `deny` also holds for one that is not.',
    )
    .optional(),
  domains: someOf(leaf('domain', 'example.com', readDomain))
    .describe('Domains of such addresses, exactly: a subdomain is another domain.')
    .optional(),
  groups: someOf(nameOf('group name', 'sre')).describe('Group names, exactly as the provider writes them.').optional(),
  claims: z
    .record(plainText, z.union([claimValue, someOf(claimValue)]))
    .check(saysSomething)
    .describe('Claim path → the accepted value, or a list of them. All the claims named must hold.')
    .optional(),
  methods: methods.describe('Request methods; GET includes HEAD.').optional(),
  ip: someOf(range).describe('Where the request comes from.').optional(),
})

const item = criteria.check(saysSomething)

export const policy = someOf(item).meta({ title: 'list of criteria such as [{ groups: [sre] }]' })
