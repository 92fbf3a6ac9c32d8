// Certificates as OpenSSL will see them: each is loaded once here, so that it cannot fail at the first connection or in a reload.
import type { Secret } from '../core/secret.ts'
import type { ConfigDraft } from './draft.ts'
import { belongTogether, whyTlsRefuses } from './pem.ts'
import type { Complaint, Path } from './problems.ts'

export const tlsChecks = (draft: ConfigDraft): readonly Complaint[] => [
  ...pairs(draft).flatMap(refusedCertificate),
  ...pairs(draft).flatMap(foreignKey),
]

type Pair = { readonly path: Path; readonly cert?: string | undefined; readonly key?: Secret | undefined }

const pairs = ({ server, session, routes }: ConfigDraft): readonly Pair[] => [
  { path: ['server', 'tls'], ...server.tls },
  ...routes.map(({ upstream }, index) => ({ path: ['routes', index, 'upstream'], ...namedIn(upstream) })),
  ...redisPair(session.store),
]

const namedIn = (upstream: ConfigDraft['routes'][number]['upstream']) =>
  upstream && 'url' in upstream ? { cert: upstream.cert, key: upstream.key } : {}

function redisPair(store: ConfigDraft['session']['store']): readonly Pair[] {
  const path = ['session', 'store']
  if (store?.type === 'redis' && typeof store.tls === 'object') return [{ path: [...path, 'tls'], ...store.tls }]
  if (store?.type !== 'cookie' || typeof store.notBefore?.tls !== 'object') return []
  return [{ path: [...path, 'notBefore', 'tls'], ...store.notBefore.tls }]
}

function refusedCertificate({ path, cert }: Pair): Complaint[] {
  const why = cert && whyTlsRefuses(cert)
  if (!why) return []
  const wanted = 'name a certificate that OpenSSL takes: RSA of 2048 bits or more, or EC, signed with SHA-256 or better'
  return [{ path: [...path, 'cert'], refused: `cannot be served over TLS (${why})`, wanted }]
}

function foreignKey({ path, cert, key }: Pair): Complaint[] {
  if (!cert || !key || belongTogether(cert, key.reveal())) return []
  const wanted = 'name the key that belongs to "cert"'
  return [{ path: [...path, 'key'], refused: 'is not the key of the certificate', wanted }]
}
