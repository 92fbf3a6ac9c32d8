// Which header names are ours to set or to withhold from backends, in one spelling (see foldName in identity-headers.ts).

const words = (text: string): readonly string[] => text.trim().split(/\s+/)

/** Names under which some gateway tells a backend who the visitor is, where a request came from, or what was really asked for. */
export const managedNames: ReadonlySet<string> = new Set([
  // who
  ...words(
    'remote-user authorization-identity x-user x-user-id x-username x-email x-groups x-roles x-userinfo x-vouch-user',
  ),
  ...words('x-auth x-auth-user x-auth-username x-auth-email x-auth-groups x-auth-roles x-authenticated x-gap-auth'),
  ...words('x-user-name x-user-email x-user-role x-user-roles x-user-groups x-identity-status x-anonymous-consumer'),
  ...words('x-id-token x-access-token x-refresh-token client-cert client-cert-chain client-dn'),
  // from where
  ...words(
    'forwarded x-forwarded forwarded-for via remote-addr x-real-ip true-client-ip client-ip x-client-ip x-remote-ip',
  ),
  ...words('x-cluster-client-ip x-originating-ip x-proxyuser-ip fastly-client-ip x-request-id'),
  // which host, scheme and path
  ...words('x-host x-backend-host x-http-host-override x-scheme x-url-scheme front-end-https base-url destination-url'),
  ...words('x-request-uri x-script-name script-name x-proxy-url proxy x-skipper-proxy x-middleware-subrequest'),
  ...words('x-accel-mapping x-sendfile-type'),
  // which method
  ...words('x-http-method x-http-method-override x-method-override'),
])

/** The same for whole families: every name that begins like this. */
export const managedFamilies: readonly string[] = [
  ...words(
    'x-sallyport- x-forwarded- x-auth-request- remote- x-remote- impersonate- x-authenticated- x-authentik- x-webauth-',
  ),
  ...words('x-original- x-rewrite- x-override- x-envoy- x-arr- proxy-'),
  ...words(
    'x-amzn-oidc- x-amzn-mtls- x-goog-iap- x-goog-authenticated- x-ms-client-principal x-ms-token- cf-access- cf-connecting-',
  ),
  ...words('x-pomerium- tailscale-user- teleport-jwt- x-token- x-jwt- oidc- shib- x-consumer- x-credential-'),
  ...words('x-client-cert x-client-dn x-ssl- ssl-client-'),
  ...words('sm- iv- oam- x-sso- x-appengine- x-endpoint-api- x-apigateway-api-'),
]
