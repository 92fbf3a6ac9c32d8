// What is allowed and still deserves a sentence at every start.
import { parseCertificates } from './pem.ts'
import type { Written } from './schema.ts'

/** `now` in epoch milliseconds. */
export const warningsAbout = (written: Written, now: number): readonly string[] => [
  ...dangers(written),
  ...plainCookieName(written),
  ...forgetfulStore(written),
  ...anyProvidersWord(written),
  ...expiredCertificate(written, now),
]

function dangers({ server, providers, routes }: Written): string[] {
  const switches: ReadonlyArray<readonly [isOn: boolean, where: string, meaning: string]> = [
    [server.dangerouslyAllowHttpPublicUrl, 'server.dangerouslyAllowHttpPublicUrl', 'sessions can be read on the way'],
    [server.dangerouslyTrustEveryProxy, 'server.dangerouslyTrustEveryProxy', 'any client can invent its address'],
    ...providers.flatMap(({ dangerouslyAllowHttpProvider, dangerouslyTrustUnverifiedEmail }, index) => [
      [
        dangerouslyAllowHttpProvider,
        `providers[${index}].dangerouslyAllowHttpProvider`,
        'sign-ins can be forged on the way',
      ] as const,
      [
        dangerouslyTrustUnverifiedEmail,
        `providers[${index}].dangerouslyTrustUnverifiedEmail`,
        'anybody may claim any e-mail address',
      ] as const,
    ]),
    ...routes.map(({ upstream }, index) => {
      const isOn = 'url' in upstream && upstream.dangerouslySkipVerification
      return [isOn, `routes[${index}].upstream.dangerouslySkipVerification`, 'the upstream may be anybody'] as const
    }),
  ]
  return switches.flatMap(([isOn, where, meaning]) => (isOn ? [`${where} is on: ${meaning}`] : []))
}

function plainCookieName({ server, session }: Written): string[] {
  const { name } = session.cookie
  if (!name || server.publicUrl.scheme === 'http' || /^__(?:Host|Secure)-/.test(name)) return []
  return [
    'session.cookie.name has neither __Host- nor __Secure- in front: sites on neighbouring hosts can overwrite the cookie',
  ]
}

function forgetfulStore({ session }: Written): string[] {
  if (session.store.type !== 'cookie' || session.store.notBefore) return []
  return [
    'session.store is cookie without notBefore: a session that was ended lives again after a restart and at other replicas',
  ]
}

/** Names and groups are what a provider calls somebody, and another one may call anybody the same. */
function anyProvidersWord({ providers, routes }: Written): string[] {
  if (providers.length < 2) return []
  return routes.flatMap(({ allow = [] }, route) =>
    allow.flatMap((item, index) => {
      const named = (['users', 'groups', 'claims'] as const).filter(key => item[key])
      if (item.providers || named.length === 0) return []
      return [
        `routes[${route}].allow[${index}] names ${named.join(' and ')} without providers: whoever is called so at any provider may pass`,
      ]
    }),
  )
}

function expiredCertificate({ server }: Written, now: number): string[] {
  const [certificate] = server.tls ? parseCertificates(server.tls.cert) : []
  const isExpired = certificate !== undefined && certificate.validToDate.getTime() < now
  return isExpired ? ['server.tls.cert has expired: browsers will refuse it'] : []
}
