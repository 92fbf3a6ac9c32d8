// Our cookies: a browser must accept them on every host that we serve, and on none that is not ours.
import type { ConfigDraft } from './draft.ts'
import type { Complaint, Path } from './problems.ts'

export const cookieChecks = (draft: ConfigDraft): readonly Complaint[] => [
  ...wrongPrefix(draft),
  ...uncoveredHosts(draft),
  ...crossSiteOverHttp(draft),
  ...formOverHttp(draft),
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

function uncoveredHosts(draft: ConfigDraft): Complaint[] {
  const domain = draft.session.cookie?.domain
  const refused = 'is not below session.cookie.domain'
  const wanted = 'choose a host below it, or a domain above every host'
  const outside = domain ? servedHosts(draft).filter(({ host }) => !isCovered(host, domain)) : []
  return outside.map(({ path }) => ({ path, refused, wanted }))
}

function servedHosts({ server, routes }: ConfigDraft): ReadonlyArray<{ readonly path: Path; readonly host: string }> {
  const ofRoutes = routes.flatMap(({ host, hosts }, index) => [
    ...(host ? [{ path: ['routes', index, 'host'], host }] : []),
    ...(hosts ?? []).map((host, position) => ({ path: ['routes', index, 'hosts', position], host })),
  ])
  return [...(server.publicUrl ? [{ path: ['server', 'publicUrl'], host: server.publicUrl.host }] : []), ...ofRoutes]
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

/** The cookie of the login has to come along with a form that another site posts, and over http no cookie does. */
function formOverHttp({ server, providers }: ConfigDraft): Complaint[] {
  if (server.publicUrl?.scheme !== 'http') return []
  const refused = 'needs a cookie that is kept by browsers over https only'
  return providers.flatMap(({ responseMode }, index) =>
    responseMode === 'form_post'
      ? [{ path: ['providers', index, 'responseMode'], refused, wanted: 'write query, or serve https' }]
      : [],
  )
}
