// The server section: plain http, the two listeners, and trusted proxies.
import { isLoopback } from '../core/near-host.ts'
import type { Listen } from '../core/settings.ts'
import { isEverybody } from './addresses.ts'
import type { ConfigDraft } from './draft.ts'
import type { Complaint } from './problems.ts'

export const serverChecks = (draft: ConfigDraft): readonly Complaint[] => [
  ...plainHttp(draft),
  ...sameAddress(draft),
  ...trustedEverybody(draft),
]

function plainHttp({ server }: ConfigDraft): Complaint[] {
  const { publicUrl, dangerouslyAllowHttpPublicUrl } = server
  if (!publicUrl || publicUrl.scheme === 'https' || isLoopback(publicUrl.host) || dangerouslyAllowHttpPublicUrl)
    return []
  const wanted = 'write https://…, or set server.dangerouslyAllowHttpPublicUrl: true'
  return [{ path: ['server', 'publicUrl'], refused: 'is plain http, which anybody in between can read', wanted }]
}

function sameAddress({ server, admin }: ConfigDraft): Complaint[] {
  if (!server.listen || !admin.listen || !overlap(server.listen, admin.listen)) return []
  const wanted = 'give the admin listener an address of its own'
  return [{ path: ['admin', 'listen'], refused: 'overlaps with server.listen', wanted }]
}

function overlap(a: Listen, b: Listen): boolean {
  if ('socketPath' in a || 'socketPath' in b)
    return 'socketPath' in a && 'socketPath' in b && a.socketPath === b.socketPath
  if (a.port !== b.port || a.port === 0) return false
  return a.host === b.host || [a.host, b.host].some(host => host === '0.0.0.0' || host === '::')
}

function trustedEverybody({ server }: ConfigDraft): Complaint[] {
  if (server.dangerouslyTrustEveryProxy) return []
  const wanted = 'name the proxies themselves, or set server.dangerouslyTrustEveryProxy: true'
  return (server.trustedProxies ?? []).flatMap((range, index) =>
    isEverybody(range) ? [{ path: ['server', 'trustedProxies', index], refused: 'trusts everybody', wanted }] : [],
  )
}
