// A fort whose sealed cookies a test can read: where does the gateway send a browser, now and after its login?
import { Secret } from '../../src/core/secret.ts'
import { makeSealer } from '../../src/session/seal.ts'
import { buildFort, type Fort, type FortOptions, type Impact, type Test } from './attack.ts'
import { fieldOf, fieldsOf } from './wire.ts'

export type Homeward = Fort & {
  /** A person goes there. */
  navigation(target: string): string
  /** Why a browser must not be sent there; undefined when it may: on our own origin, or at the provider. */
  leadsAway(location: string): string | undefined
  /** Where the login that this answer began will end: the address that is sealed into its cookie. */
  sealedReturn(impact: Impact, host?: string): string | undefined
}

export const locationOf = ({ answers }: Impact): string | undefined => fieldOf(answers[0]?.headers ?? [], 'location')

export async function buildHomeward(t: Test, options: FortOptions = {}): Promise<Homeward> {
  const secret = 'c0ffee5a1b2c3d4e5f60718293a4b5c6d7e8f901'
  const fort = await buildFort(t, { ...options, settings: { session: { secrets: [secret] }, ...options.settings } })
  const { gate, request } = fort
  const providerOrigin = new URL(fort.provider.issuer).origin
  const sealer = makeSealer([new Secret(secret)])
  return {
    ...fort,
    navigation: target => request(`GET ${target} HTTP/1.1`, 'Accept: text/html'),
    leadsAway(location) {
      if (/[^\x21-\x7e]/.test(location)) return `bytes that browsers drop or change in ${JSON.stringify(location)}`
      const { origin } = new URL(location, `${gate.origin}/_sallyport/login`)
      if (origin === providerOrigin && location.startsWith(`${providerOrigin}/`)) return undefined
      if (origin !== gate.origin) return `${location} is at ${origin}`
      return /^\/(?![/\\])/.test(location) ? undefined : `${location} is no absolute path`
    },
    sealedReturn({ answers }, host = 'localhost') {
      const line = fieldsOf(answers[0]?.headers ?? [], 'set-cookie').find(cookie => cookie.includes('.login.'))
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line ?? '') ?? []
      const text = sealer.open(value, { purpose: 'pending-login', cookie: name, host })
      return text === undefined ? undefined : JSON.parse(text).returnTo
    },
  }
}
