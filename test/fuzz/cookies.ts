// Hunt: cookies cut, joined, swapped and planted, for every way to keep a session. Fail closed: whoever does not bring a whole ticket is nobody.
import fc from 'fast-check'
import { Secret } from '../../src/core/secret.ts'
import type { CookieConfig } from '../../src/core/settings.ts'
import { writeTicket } from '../../src/session/cookie-chunks.ts'
import { type Label, makeSealer } from '../../src/session/seal.ts'
import { buildFort, type Fort, type Impact, type Test, websocketFields } from '../support/attack.ts'
import { fieldOf } from '../support/wire.ts'
import { type Hunt, hunt } from './hunt.ts'

type Piece = readonly [name: string, value: string]

type Change = {
  readonly what: 'flip' | 'cut' | 'insert' | 'graft' | 'drop' | 'twice' | 'swap' | 'rename' | 'put'
  /** Which piece, and where in it: parts of the whole, as both lengths are known only when the world is there. */
  readonly which: number
  readonly at: number
  readonly text: string
}

type Case = {
  readonly kept: 'here' | 'in the browser' | 'in several cookies'
  readonly changes: readonly Change[]
  readonly separator: string
  readonly upgrade: boolean
}

const secret = 'c0ffee5a1b2c3d4e5f60718293a4b5c6d7e8f901'
const name = 'sallyport'
const config: CookieConfig = { name, domain: undefined, sameSite: 'lax', secure: false }
const label: Label = { purpose: 'session', cookie: name, host: 'localhost' }

const text = fc.oneof(
  fc.constantFrom('A', 'AAAA', '=', '%3D', '"', ' ', '\t', ';', '; ', ',', '\\', '\xff', '.', '-', '_', '+', '/', '0'),
  fc.constantFrom(
    ...[name, `${name}=`, `; ${name}=x`, `${name}.1`, `${name}.01`, `${name}.8`, `${name}.99999`, `${name}.login.x`],
    ...[
      name.toUpperCase(),
      `__Host-${name}`,
      `$${name}`,
      `=${name}`,
      `\xa0${name}`,
      `${name}\t`,
      `${name}[]`,
      '',
      'app',
    ],
  ),
)

const share = fc.double({ min: 0, max: 0.999, noNaN: true })
const change: fc.Arbitrary<Change> = fc.record({
  what: fc.constantFrom('flip', 'cut', 'insert', 'graft', 'drop', 'twice', 'swap', 'rename', 'put'),
  which: share,
  at: share,
  text,
})

const trial: fc.Arbitrary<Case> = fc.record({
  kept: fc.constantFrom('here', 'in the browser', 'in several cookies'),
  changes: fc.array(change, { maxLength: 3 }),
  separator: fc.constantFrom('; ', '; ', ';', ' ;\t', ';;', '; =; '),
  upgrade: fc.boolean(),
})

export const cookies: Hunt = hunt('cookies', trial, async t => {
  const [here, sealed] = [await worldOf(t, 'memory'), await worldOf(t, 'cookie')]
  const several = { ...sealed, ann: grown(sealed.ann), bob: grown(sealed.bob) }
  const worlds = { here, 'in the browser': sealed, 'in several cookies': several }
  return async one => {
    const { fort, ann, bob } = worlds[one.kept]
    const pieces = one.changes.reduce((now, change) => changed(now, change, bob), ann)
    const header = pieces.map(([name, value]) => `${name}=${value}`).join(one.separator)
    const fields = [`Cookie: ${header}`, ...(one.upgrade ? websocketFields : [])]
    const impact = await fort.strike(fort.request('GET /x HTTP/1.1', ...fields))
    const who = bearerOf(header, { ann, bob })
    const broke = mistaken(impact, who)
    return broke === undefined ? { saw: who ?? 'nobody' } : { broke }
  }
})

type People = { readonly ann: readonly Piece[]; readonly bob: readonly Piece[] }

async function worldOf(t: Test, type: 'memory' | 'cookie'): Promise<People & { readonly fort: Fort }> {
  const fort = await buildFort(t, { settings: { session: { store: { type }, secrets: [secret] } } })
  return { fort, ann: piecesOf(await fort.signIn('ann')), bob: piecesOf(await fort.signIn('bob')) }
}

const piecesOf = (header: string): readonly Piece[] =>
  header.split('; ').map(piece => [piece.slice(0, piece.indexOf('=')), piece.slice(piece.indexOf('=') + 1)])

/** The same session, with as much in it as takes three cookies. */
function grown([first]: readonly Piece[]): readonly Piece[] {
  const sealer = makeSealer([new Secret(secret)])
  const session = JSON.parse(sealer.open(first?.[1] ?? '', label) ?? '')
  const random = Array.from({ length: 8000 }, (_, at) => ((at * 7919 + at * at * 31) % 36).toString(36)).join('')
  const claims = { ...session.identity.claims, much: sealer.seal(random, label) + sealer.seal(random, label) }
  const ticket = sealer.seal(JSON.stringify({ ...session, identity: { ...session.identity, claims } }), label)
  const lines = writeTicket({ ticket, maxAgeSeconds: 60 }, [], config)
  return lines.flatMap(line => piecesOf(line.split(';', 1)[0] ?? ''))
}

function changed(pieces: readonly Piece[], change: Change, others: readonly Piece[]): readonly Piece[] {
  const index = Math.floor(change.which * pieces.length)
  const piece = pieces[index]
  if (!piece) return pieces
  const [name, value] = piece
  const at = Math.floor(change.at * value.length)
  const other = others[index % others.length]?.[1] ?? ''
  const withValue = (text: string) => pieces.with(index, [name, text])
  switch (change.what) {
    case 'flip':
      return withValue(value.slice(0, at) + (value[at] === 'A' ? 'B' : 'A') + value.slice(at + 1))
    case 'cut':
      return withValue(value.slice(0, at))
    case 'insert':
      return withValue(value.slice(0, at) + change.text + value.slice(at))
    case 'graft':
      return withValue(value.slice(0, at) + other.slice(at))
    case 'drop':
      return pieces.toSpliced(index, 1)
    case 'twice':
      return pieces.toSpliced(index, 0, piece)
    case 'swap':
      return pieces
        .with(index, [name, pieces.at(index - 1)?.[1] ?? ''])
        .with(index - 1, [pieces.at(index - 1)?.[0] ?? '', value])
    case 'rename':
      return pieces.with(index, [change.text, value])
    case 'put':
      return pieces.toSpliced(index, 0, [change.text, other])
    default:
      throw change.what satisfies never
  }
}

/** Whose ticket the pieces under its name make up, in the order of their numbers, read as plainly as can be. */
function bearerOf(header: string, { ann, bob }: People): 'ann' | 'bob' | undefined {
  const own = header
    .split(';')
    .map(piece => /^[ \t]*sallyport(?:\.(\d{1,5}))?[ \t]*=[ \t]*(.*?)[ \t]*$/.exec(piece))
    .filter(match => match !== null)
    .map(([, number = '', value = '']) => ({ number, value }))
    .toSorted((a, b) => Number(a.number) - Number(b.number))
  const inOrder = own.every(({ number }, at) => number === (at === 0 ? '' : String(at)))
  const ticket = own.map(({ value }) => value).join('')
  const isOf = (pieces: readonly Piece[]) => inOrder && ticket === pieces.map(([, value]) => value).join('')
  if (isOf(ann)) return 'ann'
  return isOf(bob) ? 'bob' : undefined
}

function mistaken({ statuses, reached }: Impact, who: string | undefined): string | undefined {
  if (statuses[0] !== (who ? 200 : 401)) return `${who ?? 'nobody'} was answered ${statuses[0]}`
  if (reached.length !== (who ? 1 : 0)) return `${who ?? 'nobody'} reached the upstream ${reached.length} times`
  const headers = reached[0]?.headers ?? []
  const found = fieldOf(headers, 'x-forwarded-user')
  if (found !== who) return `${who ?? 'nobody'} was taken for ${found}`
  // As bytes: JavaScript's idea of a blank is wider than a cookie's.
  const [, sent = ''] = /^cookie: (.*)\r$/im.exec(reached[0]?.head ?? '') ?? []
  const ours = /(?:^|;)[ \t]*=*[ \t]*sallyport(?:\.|[ \t]*(?:[=;]|$))/.test(sent)
  return ours ? 'our cookie reached the upstream' : undefined
}
