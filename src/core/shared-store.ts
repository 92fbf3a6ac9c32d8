// Whether several processes can share a session store, and what would go wrong if they could not.

type Store = { readonly type: 'memory' | 'redis' } | { readonly type: 'cookie'; readonly notBefore?: unknown }

/** Why this store is one process's own; undefined when several share it. */
export function notShared(store: Store): string | undefined {
  switch (store.type) {
    case 'memory':
      return 'the memory store is one process’s own: whoever signs in at one worker is nobody at the others'
    case 'cookie':
      if (store.notBefore !== undefined) return undefined
      return 'a session that has ended at one worker lives on at the others, because the cookie store has no notBefore to tell them'
    case 'redis':
      return undefined
    default:
      throw store satisfies never
  }
}
