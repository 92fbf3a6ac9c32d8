// Where the demo's identity provider keeps its sessions, grants and codes: in memory, gone with the process.

type Payload = Record<string, unknown> & { uid?: string; userCode?: string; grantId?: string; consumed?: number }

type Entry = { readonly payload: Payload; readonly expiresAt: number }

/** The interface that oidc-provider asks of a store, one per kind of record. */
export type ProviderStore = {
  upsert(id: string, payload: Payload, expiresInSeconds?: number): Promise<void>
  find(id: string): Promise<Payload | undefined>
  findByUid(uid: string): Promise<Payload | undefined>
  findByUserCode(userCode: string): Promise<Payload | undefined>
  consume(id: string): Promise<void>
  destroy(id: string): Promise<void>
  revokeByGrantId(grantId: string): Promise<void>
}

/** Makes the stores of one provider. */
export function providerMemory(): (kind: string) => ProviderStore {
  const kinds = new Map<string, Map<string, Entry>>()
  return kind => {
    const entries = kinds.get(kind) ?? new Map<string, Entry>()
    kinds.set(kind, entries)
    return storeOf(entries)
  }
}

function storeOf(entries: Map<string, Entry>): ProviderStore {
  const alive = () => [...entries].filter(([, { expiresAt }]) => expiresAt > Date.now())
  const first = (holds: (payload: Payload) => boolean) => alive().find(([, { payload }]) => holds(payload))?.[1].payload
  return {
    async upsert(id, payload, expiresInSeconds = Number.POSITIVE_INFINITY) {
      for (const [old, { expiresAt }] of entries) if (expiresAt <= Date.now()) entries.delete(old)
      entries.set(id, { payload, expiresAt: Date.now() + expiresInSeconds * 1000 })
    },
    async find(id) {
      const entry = entries.get(id)
      return entry && entry.expiresAt > Date.now() ? entry.payload : undefined
    },
    findByUid: async uid => first(payload => payload.uid === uid),
    findByUserCode: async userCode => first(payload => payload.userCode === userCode),
    async consume(id) {
      const entry = entries.get(id)
      if (entry) entry.payload.consumed = Math.floor(Date.now() / 1000)
    },
    async destroy(id) {
      entries.delete(id)
    },
    async revokeByGrantId(grantId) {
      for (const [id, { payload }] of entries) if (payload.grantId === grantId) entries.delete(id)
    },
  }
}
