// A configuration in which some values may have failed: enough to look for contradictions among those that did not.
import type { z } from 'zod'
import { provider } from './provider-schema.ts'
import { route } from './route-schema.ts'
import { schema } from './schema.ts'

type Shape = Readonly<Record<string, z.ZodType>>

/** A key is undefined when its value was refused, and when it was left out and has no default. */
export type Draft<S extends Shape> = { readonly [K in keyof S]: z.output<S[K]> | undefined }

export type RouteDraft = Draft<typeof route.shape>
export type ProviderDraft = Draft<typeof provider.shape>

const sections = schema.shape
const sectionOf = <T extends z.ZodObject>(section: z.ZodPrefault<T>): T => section.unwrap()

/** `value` is any value at all, straight from the file. */
export function draftFrom(value: unknown) {
  const whole = isMapping(value) ? value : {}
  return {
    server: readFields(sections.server.shape, whole.server),
    admin: readFields(sectionOf(sections.admin).shape, whole.admin),
    session: readFields(sectionOf(sections.session).shape, whole.session),
    identity: readFields(sectionOf(sections.identity).shape, whole.identity),
    providers: listOf(whole.providers).map(written => readFields(provider.shape, written)),
    routes: listOf(whole.routes).map(written => readFields(route.shape, written)),
    /** Which keys each route names, valid or not. */
    routeKeys: listOf(whole.routes).map(written => new Set(isMapping(written) ? Object.keys(written) : [])),
  }
}

export type ConfigDraft = ReturnType<typeof draftFrom>

function readFields<S extends Shape>(shape: S, written: unknown): Draft<S> {
  const values = isMapping(written) ? written : {}
  const entries = Object.entries(shape).map(([key, field]) => [key, field.safeParse(values[key]).data])
  return Object.fromEntries(entries) as Draft<S>
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
