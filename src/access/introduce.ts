// Introduce the visitor to the upstream: the identity fields for one session on one route, made once and kept with the session.
import { identityFields } from '../core/identity-headers.ts'
import type { HeaderRule, Route } from '../core/route.ts'
import type { Session } from '../core/session.ts'
import type { Assertions } from './assertion.ts'

export type Fields = ReadonlyArray<readonly [name: string, value: string]>

export type Introduction = { of(session: Session | undefined, route: Route, now: number): Fields }

export type Introducing = {
  readonly rules: readonly HeaderRule[]
  readonly assertion: { readonly header: string; readonly assertions: Assertions } | undefined
}

export function makeIntroduction({ rules, assertion }: Introducing): Introduction {
  const kept = new WeakMap<Session, Map<string, Fields>>()
  return {
    of(session, route, now) {
      if (!session) return identityFields(route.headers.set, undefined)
      const ofSession = kept.get(session) ?? new Map<string, Fields>()
      kept.set(session, ofSession)
      const fields = ofSession.get(route.name) ?? identityFields([...rules, ...route.headers.set], session.identity)
      ofSession.set(route.name, fields)
      return assertion ? [...fields, [assertion.header, assertion.assertions.for(session, route, now)]] : fields
    },
  }
}
