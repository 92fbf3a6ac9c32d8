// Secrets: there where the store needs them, each used for one thing, in a sensible order of time limits.
import type { ConfigDraft } from './draft.ts'
import type { Complaint } from './problems.ts'

export const secretChecks = (draft: ConfigDraft): readonly Complaint[] => [
  ...cookieStoreWithoutSecret(draft),
  ...reusedSecrets(draft),
  ...reusedAdminKey(draft),
  ...reusedKeys(draft),
  ...limitsUpsideDown(draft),
]

function cookieStoreWithoutSecret({ session }: ConfigDraft): Complaint[] {
  if (session.store?.type !== 'cookie' || session.secrets?.length !== 0) return []
  const wanted = 'name at least one, or the sessions end with every restart and at every other replica'
  return [{ path: ['session', 'secrets'], refused: '', found: 'the cookie store has no secret', wanted }]
}

function reusedSecrets({ session, providers }: ConfigDraft): Complaint[] {
  const seen = new Set(providers.flatMap(({ clientSecret }) => (clientSecret ? [clientSecret.reveal()] : [])))
  return repeated(session.secrets ?? [], seen).map(index => ({
    path: ['session', 'secrets', index],
    refused: 'is in use already, here or as a clientSecret',
    wanted: 'use one made by "openssl rand -base64 32"',
  }))
}

function reusedAdminKey({ admin, session, providers }: ConfigDraft): Complaint[] {
  const others = [...(session.secrets ?? []), ...providers.flatMap(({ clientSecret }) => clientSecret ?? [])]
  if (!others.some(secret => secret.reveal() === admin.key?.reveal())) return []
  const wanted = 'use one made by "openssl rand -base64 32"'
  return [{ path: ['admin', 'key'], refused: 'is in use already, in session.secrets or as a clientSecret', wanted }]
}

function reusedKeys({ identity }: ConfigDraft): Complaint[] {
  const keys = identity.assertion ? identity.assertion.keys : []
  return repeated(keys, new Set()).map(index => ({
    path: ['identity', 'assertion', 'keys', index],
    refused: 'is listed already',
    wanted: 'name every key once',
  }))
}

type Revealing = { reveal(): string }

function repeated(secrets: readonly Revealing[], seen: Set<string>): number[] {
  return secrets.flatMap((secret, index) => {
    const isNew = !seen.has(secret.reveal())
    seen.add(secret.reveal())
    return isNew ? [] : [index]
  })
}

function limitsUpsideDown({ session }: ConfigDraft): Complaint[] {
  const { idle, absolute } = session
  if (idle === undefined || absolute === undefined || idle <= absolute) return []
  return [
    {
      path: ['session', 'absolute'],
      refused: '',
      found: 'the absolute limit is shorter than the idle limit',
      wanted: 'make it at least as long',
    },
  ]
}
