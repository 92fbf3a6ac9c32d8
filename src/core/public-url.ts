// The address under which visitors know us: from configuration, so that no header can change scheme or port.

export type PublicUrl = {
  readonly scheme: 'http' | 'https'
  /** Canonical host name, no port. */
  readonly host: string
  /** Always a number: 80 or 443 when the URL names none. */
  readonly port: number
}

/** `host`, or `host:port` where the port is not the scheme's own (RFC 3986 6.2.3). */
export const authorityOf = ({ scheme, host, port }: PublicUrl): string =>
  port === (scheme === 'https' ? 443 : 80) ? host : `${host}:${port}`

/** `scheme://authority`, as browsers write an origin (RFC 6454 6.2). */
export const originOf = (url: PublicUrl): string => `${url.scheme}://${authorityOf(url)}`
