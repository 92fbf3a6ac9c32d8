// Somebody who is signed in, at a gateway that keeps sessions itself and at one that seals them into the browser; and what other cookies come to there.
import { buildFort, type Fort, type Impact, type Test } from './attack.ts'

export type Signed = { readonly fort: Fort; readonly name: string; readonly value: string; readonly cookies: string }

export type Forts = Readonly<Record<'kept here' | 'in the browser', Fort>>

export const buildForts = async (t: Test): Promise<Forts> => ({
  'kept here': await buildFort(t),
  'in the browser': await buildFort(t, {
    settings: { session: { store: { type: 'cookie' }, secrets: ['c0ffee5a1b2c3d4e5f60718293a4b5c6d7e8f901'] } },
  }),
})

export async function signedIn(fort: Fort): Promise<Signed> {
  const cookies = await fort.signIn('ann')
  const name = cookies.slice(0, cookies.indexOf('='))
  return { fort, name, value: cookies.slice(name.length + 1), cookies }
}

/** Tells a story at each of these gateways. */
export const storyteller =
  (t: Test, forts: Forts) =>
  (title: string, story: (t: Test, signed: Signed) => Promise<void>): void => {
    for (const [kind, fort] of Object.entries(forts))
      t.test(`${title} (sessions ${kind})`, async t => story(t, await signedIn(fort)))
  }

export const withCookies = ({ fort }: Signed, ...lines: readonly string[]): Promise<Impact> =>
  fort.strike(fort.request('GET /x HTTP/1.1', ...lines.map(line => `Cookie: ${line}`)))

/** 401 is the only way to say no. */
export async function isNobody(t: Test, signed: Signed, what: string, ...lines: readonly string[]): Promise<void> {
  const { statuses, reached } = await withCookies(signed, ...lines)
  t.same([statuses, reached], [[401], []], `${what} is nobody`)
}
