import fc from 'fast-check'
import t from 'tap'
import { deleteCookies, readOwnCookies, setCookie, withoutOwnCookies } from '../../src/session/cookies.ts'
import { cookie } from './examples.ts'

const base = '__Host-sp'
const values = (header: string) => readOwnCookies(header, base).map(({ name, value }) => `${name}→${value}`)

t.test('our cookies are found among others, every copy of them, in order', async t => {
  t.strictSame(values(`a=1; ${base}=x; b=2; ${base}.1=y;${base}=z`), [`${base}→x`, `${base}.1→y`, `${base}→z`])
  t.strictSame(readOwnCookies(undefined, base), [])
})

t.test('a value is taken as it is: no unquoting, no decoding, no second reading', async t => {
  t.strictSame(values(`${base}="x%41=="`), [`${base}→"x%41=="`])
  t.strictSame(values(`${base}=`), [`${base}→`])
})

t.test('only the exact name counts (S-19)', async t => {
  const lookAlikes = [
    `\u2000${base}=x`,
    `\u00a0${base}=x`,
    `\x0b${base}=x`,
    `\x00${base}=x`,
    `=${base}=x`,
    `==${base}=x`,
    `${base.toLowerCase()}=x`,
    `${base.toUpperCase()}=x`,
    `${base}\u2000=x`,
    `${base}s=x`,
    `x${base}=x`,
    `$Version=1,${base}=x`,
    `$Version="1"; $Path="/"`,
    `a=1,${base}=x`,
    `"${base}"=x`,
    `%5F_Host-sp=x`,
    base,
  ]
  for (const header of lookAlikes) t.strictSame(values(header), [], JSON.stringify(header))
  for (const header of lookAlikes) t.strictSame(values(`${header}; ${base}=good`), [`${base}→good`])
})

t.test('blanks around a name are no way to hide a second copy (S-19)', async t => {
  t.strictSame(values(` \t${base}\t = x \t; ${base}=y`), [`${base}→x`, `${base}→y`])
})

t.test('our cookies are taken out, the others keep their bytes and their order (lesson 47)', async t => {
  const ours = [`${base}=x`, `${base}.1=y`, `${base}.login.abc=z`, `${base}\t=w`, base]
  for (const own of ours) {
    t.equal(withoutOwnCookies(`b=" 1,%20"; ${own}; a=2=3; a=é`, base), 'b=" 1,%20"; a=2=3; a=é')
    t.equal(withoutOwnCookies(own, base), undefined)
  }
  t.equal(withoutOwnCookies(`${base}s=1; ${base.toLowerCase()}=2`, base), `${base}s=1; ${base.toLowerCase()}=2`)
})

t.test('what is left is well formed, and nothing is left of nothing (S-22, lesson 48)', async t => {
  for (const empty of ['', ';', ';;', '; ;\t', '=', '; =;', `=${base}=x`])
    t.equal(withoutOwnCookies(empty, base), undefined)
  t.equal(withoutOwnCookies(`a=1; ; ${base}=x; b=2;`, base), 'a=1; b=2')
  t.equal(withoutOwnCookies(';;a', base), 'a')
})

t.test('reading and stripping agree with a reader that goes letter by letter', async () => {
  const alphabet = fc.constantFrom(base, base, '.1', ';', ';', '=', ' ', '\t', 'a', '"', ',', '\u00a0', '__host-sp')
  const header = fc.array(alphabet, { maxLength: 25 }).map(parts => parts.join(''))
  fc.assert(
    fc.property(header, header => {
      const wanted = readByLetters(header).filter(({ name }) => name === base || name?.startsWith(`${base}.`))
      const found = readOwnCookies(header, base)
      const sameFound = JSON.stringify(found) === JSON.stringify(wanted)
      const rest = withoutOwnCookies(header, base)
      return sameFound && (rest === undefined || isCleanRest(rest, header))
    }),
    { numRuns: 3000 },
  )
})

/** Nothing of ours, well formed, every piece a piece of the header, and stripping it again changes nothing. */
function isCleanRest(rest: string, header: string): boolean {
  const pieces = rest.split('; ')
  const fromHeader = pieces.every(piece => piece !== '' && header.split(';').some(one => one.includes(piece)))
  return fromHeader && readOwnCookies(rest, base).length === 0 && withoutOwnCookies(rest, base) === rest
}

function readByLetters(header: string): Array<{ name: string; value: string }> {
  const found: Array<{ name: string; value: string }> = []
  let name = ''
  let value: string | undefined
  for (const letter of `${header};`) {
    if (letter === ';') {
      if (value !== undefined)
        found.push({ name: name.replace(/^[ \t]*|[ \t]*$/g, ''), value: value.replace(/^[ \t]*|[ \t]*$/g, '') })
      name = ''
      value = undefined
    } else if (value !== undefined) value += letter
    else if (letter === '=') value = ''
    else name += letter
  }
  return found
}

t.test('a megabyte of blanks is read in a moment', async t => {
  const started = performance.now()
  readOwnCookies(`${base}=a${' '.repeat(1_000_000)}b`, base)
  withoutOwnCookies(`a=a${'\t '.repeat(500_000)}b`, base)
  t.ok(performance.now() - started < 5000)
})

t.test('a cookie is set for this host, the whole site, no script, no other site', async t => {
  t.equal(
    setCookie({ name: base, value: 'x', maxAgeSeconds: 60.9 }, cookie),
    '__Host-sp=x; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax',
  )
  t.equal(
    setCookie(
      { name: 'sp', value: 'x', maxAgeSeconds: 60 },
      { ...cookie, secure: false, sameSite: 'strict', domain: 'example.com' },
    ),
    'sp=x; Max-Age=60; Domain=example.com; Path=/; HttpOnly; SameSite=Strict',
  )
  t.match(
    setCookie({ name: base, value: 'x', maxAgeSeconds: 1e300 }, cookie),
    'Max-Age=34560000;',
    'no age is endless (lesson 43)',
  )
})

t.test('a deletion carries the attributes of the cookie it deletes (lesson 25)', async t => {
  t.strictSame(deleteCookies([base, base, `${base}.1`], { ...cookie, sameSite: 'none' }), [
    '__Host-sp=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=None',
    '__Host-sp.1=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=None',
  ])
})

t.test('where a domain is configured, a copy left without one goes too (lesson 28)', async t => {
  t.strictSame(deleteCookies(['sp'], { ...cookie, domain: 'example.com' }), [
    'sp=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax',
    'sp=; Max-Age=0; Domain=example.com; Path=/; HttpOnly; Secure; SameSite=Lax',
  ])
})

t.test('a crafted header with a thousand names does not make an answer of a thousand lines', async t => {
  const names = Array.from({ length: 1000 }, (_, i) => `${base}.${i}`)
  t.equal(deleteCookies(names, cookie).length, 64)
})
