// Our own addresses that a provider has to know: where it sends people back after a login and after a logout.

/** The first provider has the plain path, every further one a path of its own: an answer must come to the door it was asked for (RFC 9700 4.4.2). */
export function callbackPath(prefix: string, provider: string, providers: Iterable<string>): string {
  const [first] = providers
  return provider === first ? `${prefix}/callback` : `${prefix}/callback/${provider}`
}

export const signedOutPath = (prefix: string): string => `${prefix}/signed-out`
