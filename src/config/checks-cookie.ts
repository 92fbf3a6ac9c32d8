// The session cookie: a browser must accept it on every host that we serve, and on none that is not ours.
import type { ConfigDraft } from './draft.ts'
import type { Complaint } from './problems.ts'

export const cookieChecks = (draft: ConfigDraft): readonly Complaint[] => [
  ...wrongPrefix(draft),
  ...uncoveredHosts(draft),
  ...crossSiteOverHttp(draft),
]

/** RFC 6265bis 4.1.3: what browsers demand of a cookie with these prefixes. */
function wrongPrefix({ server, session }: ConfigDraft): Complaint[] {
  const { name = '', domain } = session.cookie ?? {}
  const path = ['session', 'cookie', 'name']
  if (/^__(?:Host|Secure)-/.test(name) && server.publicUrl?.scheme === 'http')
    return [{ path, refused: 'is kept by browsers over https only', wanted: 'leave it out, or serve https' }]
  if (!name.startsWith('__Host-') || !domain) return []
  const suggestion = `write "${name.replace('__Host-', '__Secure-')}"`
  return [
    {
      path,
      refused: 'belongs to one host, so it cannot have a domain',
      wanted: 'write a name with __Secure-',
      suggestion,
    },
  ]
}

function uncoveredHosts({ server, session, routes }: ConfigDraft): Complaint[] {
  const domain = session.cookie?.domain
  if (!domain) return []
  const hosts = [server.publicUrl?.host ?? [], ...routes.map(({ host, hosts }) => hosts ?? host ?? [])].flat()
  const outside = [...new Set(hosts)].filter(host => !isCovered(host, domain))
  if (outside.length === 0) return []
  const found = `${outside.join(', ')} ${outside.length === 1 ? 'is' : 'are'} not below the cookie domain`
  return [
    {
      path: ['session', 'cookie', 'domain'],
      refused: '',
      found,
      wanted: 'write a domain above every host that is served',
    },
  ]
}

/** A wildcard is covered when the name under its star is. */
function isCovered(host: string, domain: string): boolean {
  const name = host.replace(/^\*\./, '')
  return name === domain || name.endsWith(`.${domain}`)
}

function crossSiteOverHttp({ server, session }: ConfigDraft): Complaint[] {
  if (session.cookie?.sameSite !== 'none' || server.publicUrl?.scheme !== 'http') return []
  const wanted = 'write lax or strict, or serve https'
  return [{ path: ['session', 'cookie', 'sameSite'], refused: 'is kept by browsers over https only', wanted }]
}
