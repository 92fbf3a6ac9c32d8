import fc from 'fast-check'
import t from 'tap'
import type { CookieConfig } from '../../src/core/settings.ts'
import { clearTicket, readTicket, ticketRoom, writeTicket } from '../../src/session/cookie-chunks.ts'
import { type Cookie, readOwnCookies } from '../../src/session/cookies.ts'
import { cookie, Jar } from './examples.ts'

const base = cookie.name
const room = ticketRoom(cookie) / 8
const config = (over: Partial<CookieConfig> = {}): CookieConfig => ({ ...cookie, ...over })
const write = (ticket: string, held: readonly Cookie[] = [], settings = cookie) =>
  writeTicket({ ticket, maxAgeSeconds: 43_200 }, held, settings)
const read = (header: string | undefined) => readTicket(readOwnCookies(header, base), base)
const cookies = (jar: Jar) => readOwnCookies(jar.header, base)
const names = (lines: readonly string[]) => lines.map(line => line.split('=', 1)[0])

t.test('tickets of any length come back, exact multiples of a chunk too (lesson 34)', async t => {
  for (let chunks = 1; chunks <= 8; chunks++) {
    for (const length of [chunks * room - 1, chunks * room, chunks * room + 1]) {
      const ticket = 'x'.repeat(Math.min(length, ticketRoom(cookie)))
      t.strictSame(read(new Jar().keep(write(ticket)).header), { kind: 'ticket', ticket })
    }
  }
  const lengths = fc.integer({ min: 1, max: ticketRoom(cookie) })
  fc.assert(fc.property(lengths, length => write('x'.repeat(length)).length === Math.ceil(length / room)))
})

t.test('no cookie is longer than 4096 bytes with its name and attributes (lesson 33)', async t => {
  const settings = [config(), config({ name: 'sp', domain: 'a.very.long.host.name.example.com', sameSite: 'strict' })]
  for (const one of settings) {
    const lines = writeTicket({ ticket: 'x'.repeat(ticketRoom(one)), maxAgeSeconds: 1e12 }, [], one)
    t.equal(lines.length, 8, 'as many as the reader takes (lesson 38)')
    t.ok(lines.every(line => Buffer.byteLength(line) <= 4096))
  }
})

t.test('a missing chunk is no session (lesson 35)', async t => {
  const jar = new Jar().keep(write('x'.repeat(3 * room)))
  for (const name of [base, `${base}.1`]) {
    const torn = new Jar()
    for (const [other, value] of jar.cookies) if (other !== name) torn.cookies.set(other, value)
    t.match(read(torn.header), { kind: 'unreadable', why: 'chunk missing' })
  }
})

t.test('the order in which a browser sends chunks does not matter', async t => {
  const ticket = Array.from({ length: 3 * room }, (_, i) => i % 10).join('')
  const reversed = new Jar().keep(write(ticket).toReversed())
  t.strictSame(read(reversed.header), { kind: 'ticket', ticket })
})

t.test('a cookie that came twice is no session, whichever came first (S-18)', async t => {
  t.match(read(`${base}=a; ${base}=b`), { kind: 'unreadable', why: 'cookie sent twice' })
  t.match(read(`${base}=a; ${base}=a`), { kind: 'unreadable', why: 'cookie sent twice' })
  t.match(read(`${base}=a; ${base}.1=b; ${base}.1=c`), { kind: 'unreadable', why: 'cookie sent twice' })
})

t.test('crafted numbers are refused at once (S-21, lesson 37)', async t => {
  const refused = ['.8', '.9', '.0', '.01', '.00', '.99999']
  for (const suffix of refused) t.match(read(`${base}=a; ${base}${suffix}=b`), { kind: 'unreadable' }, suffix)
  const flood = Array.from({ length: 100_000 }, (_, i) => `${base}.${i}=x`).join('; ')
  const held = readOwnCookies(flood, base)
  const started = performance.now()
  t.match(readTicket(held, base), { kind: 'unreadable' })
  t.ok(performance.now() - started < 500)
})

t.test('one chunk more than the writer writes is refused, though none is missing (lesson 38)', async t => {
  const chunks = (count: number) =>
    Array.from({ length: count }, (_, i) => `${base}${i === 0 ? '' : `.${i}`}=x`).join('; ')
  t.strictSame(read(chunks(8)), { kind: 'ticket', ticket: 'xxxxxxxx' })
  t.strictSame(read(chunks(9)), { kind: 'unreadable', why: 'too many chunks' })
})

t.test('names that no writer of ours makes are no chunks, so they neither add nor take away (S-21)', async t => {
  const strangers = ['.count', '.-1', '.0x1', '.1e0', '.+1', '. 1', '.1.1', '.', '.100000', '.login.abc', '.¹', '.١']
  for (const suffix of strangers) t.strictSame(read(`${base}=a; ${base}${suffix}=b`), { kind: 'ticket', ticket: 'a' })
  t.strictSame(read(`${base}.count=1e9`), { kind: 'none' })
})

t.test('no cookie is no ticket', async t => {
  t.strictSame(read(undefined), { kind: 'none' })
  t.strictSame(read(`a=1; x${base}=2`), { kind: 'none' })
})

t.test('a ticket that shrank takes its unused chunks along (lesson 36)', async t => {
  const jar = new Jar().keep(write('x'.repeat(4 * room)))
  const lines = write('short', cookies(jar))
  t.strictSame(names(lines), [`${base}.1`, `${base}.2`, `${base}.3`, base])
  t.strictSame(read(jar.keep(lines).header), { kind: 'ticket', ticket: 'short' })
})

t.test('clearing deletes every chunk, crafted ones too (lesson 36)', async t => {
  const jar = new Jar().keep(write('x'.repeat(4 * room)))
  jar.cookies.set(`${base}.77`, 'crafted')
  jar.keep(clearTicket(cookies(jar), cookie))
  t.equal(jar.header, undefined)
  t.strictSame(clearTicket([], cookie), [], 'and nothing where there is nothing')
})

t.test('a new ticket ends every trouble an older one left, so no sign-in loops (lesson 32)', async () => {
  const suffix = fc.constantFrom('', '.1', '.2', '.7', '.8', '.0', '.01', '.50')
  const leftovers = fc.array(suffix, { maxLength: 8 })
  fc.assert(
    fc.property(leftovers, fc.integer({ min: 1, max: 3 * room }), (leftovers, length) => {
      const jar = new Jar()
      for (const suffix of leftovers) jar.cookies.set(base + suffix, 'old')
      const reading = read(jar.keep(write('x'.repeat(length), cookies(jar))).header)
      return reading.kind === 'ticket' && reading.ticket.length === length
    }),
  )
})

t.test('the domain is on every cookie of the set (lesson 26)', async t => {
  const settings = config({ name: 'sp', domain: 'example.com' })
  const lines = writeTicket({ ticket: 'x'.repeat(3 * room), maxAgeSeconds: 1 }, [], settings)
  t.ok(lines.every(line => line.includes('; Domain=example.com;')))
})

t.test('a copy from before there was a domain is deleted before the new one is set (lesson 28)', async t => {
  const settings = config({ name: 'sp', domain: 'example.com' })
  const lines = writeTicket({ ticket: 'new', maxAgeSeconds: 60 }, [{ name: 'sp', value: 'old' }], settings)
  t.match(lines[0], /^sp=; Max-Age=0; Path=/)
  t.match(lines.at(-1), /^sp=new; Max-Age=60; Domain=example.com/)
})
