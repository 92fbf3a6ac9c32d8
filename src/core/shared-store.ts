// Whether the workers of one gateway can share a session store, and what would go wrong if they could not.

type Store = { readonly type: 'memory' | 'cookie' | 'redis' }

/** Why several workers cannot have this store; undefined when they can. */
export function notShared({ type }: Store): string | undefined {
  switch (type) {
    case 'memory':
      return 'the memory store is one process’s own: whoever signs in at one worker is nobody at the others'
    case 'cookie':
      return 'with the cookie store workers cannot agree who refreshes a session: two would spend its refresh token at once, and the provider ends it for that'
    case 'redis':
      return undefined
    default:
      throw type satisfies never
  }
}
