// Contradictions between values that are each right on their own.
import { cookieChecks } from './checks-cookie.ts'
import { headerChecks } from './checks-headers.ts'
import { policyChecks } from './checks-policies.ts'
import { providerChecks } from './checks-providers.ts'
import { routeChecks } from './checks-routes.ts'
import { secretChecks } from './checks-secrets.ts'
import { serverChecks } from './checks-server.ts'
import { storeChecks } from './checks-store.ts'
import { tlsChecks } from './checks-tls.ts'
import type { ConfigDraft } from './draft.ts'
import type { Complaint } from './problems.ts'

const checks = [
  serverChecks,
  tlsChecks,
  providerChecks,
  secretChecks,
  storeChecks,
  cookieChecks,
  headerChecks,
  routeChecks,
  policyChecks,
]

export const contradictions = (draft: ConfigDraft): readonly Complaint[] => checks.flatMap(check => check(draft))
