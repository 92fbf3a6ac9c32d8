// S, cookies: those that nobody sealed, cut, joined, moved or planted: each is no session, answered like any other, and nothing breaks.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { buildFort, type Fort, type Test } from '../support/attack.ts'
import { fieldOf, fieldsOf } from '../support/wire.ts'

const forts: Readonly<Record<string, Fort>> = {
  'sessions kept here': await buildFort(t),
  'sessions in the browser': await buildFort(t, {
    settings: { session: { store: { type: 'cookie' }, secrets: ['c0ffee5a1b2c3d4e5f60718293a4b5c6d7e8f901'] } },
  }),
}

type Signed = { readonly fort: Fort; readonly name: string; readonly value: string; readonly cookies: string }

async function signedIn(fort: Fort): Promise<Signed> {
  const cookies = await fort.signIn('ann')
  const name = cookies.slice(0, cookies.indexOf('='))
  return { fort, name, value: cookies.slice(name.length + 1), cookies }
}

/** For each kind of store, with somebody who is signed in. */
function everywhere(title: string, story: (t: Test, signed: Signed) => Promise<void>): void {
  for (const [kind, fort] of Object.entries(forts))
    t.test(`${title} (${kind})`, async t => story(t, await signedIn(fort)))
}

const withCookies = ({ fort }: Signed, ...lines: readonly string[]) =>
  fort.strike(fort.request('GET /x HTTP/1.1', ...lines.map(line => `Cookie: ${line}`)))

/** The status of a request with this Cookie header; 401 is the only way to say no. */
async function isNobody(t: Test, signed: Signed, what: string, ...lines: readonly string[]): Promise<void> {
  const { statuses, reached } = await withCookies(signed, ...lines)
  t.same([statuses, reached], [[401], []], `${what} is nobody`)
}

everywhere('the cookie itself is somebody, and never reaches the upstream', async (t, signed) => {
  const { statuses, reached } = await withCookies(signed, `a=1; ${signed.cookies}; b=2`)
  t.same(statuses, [200])
  t.equal(fieldOf(reached[0]?.headers ?? [], 'x-forwarded-user'), 'ann')
  t.equal(fieldOf(reached[0]?.headers ?? [], 'cookie'), 'a=1; b=2')
})

everywhere(
  'two cookies of the name are nobody, in both orders, on one line and on two, and are cleared (S-18, S-29)',
  async (t, signed) => {
    const { fort, name, cookies } = signed
    const planted = `${name}=planted`
    const other = await fort.signIn('bob')
    await isNobody(t, signed, 'before', `${planted}; ${cookies}`)
    await isNobody(t, signed, 'behind', `${cookies}; ${planted}`)
    await isNobody(t, signed, 'on a line of its own', cookies, planted)
    await isNobody(t, signed, 'twice the same', cookies, cookies)
    await isNobody(t, signed, 'two people', `${other}; ${cookies}`)
    const page = await fort.strike(
      fort.request('GET /x HTTP/1.1', 'Accept: text/html', `Cookie: ${planted}; ${cookies}`),
    )
    t.same(page.statuses, [302])
    t.match(fieldsOf(page.answers[0]?.headers ?? [], 'set-cookie').join(), new RegExp(`^${name}=; Max-Age=0`))
  },
)

everywhere('names that only look alike are not it (S-19)', async (t, signed) => {
  const { name, value } = signed
  const alike = [
    ...[
      `\u2000${name}`,
      `\xa0${name}`,
      `\x85${name}`,
      `=${name}`,
      `$Version=1,${name}`,
      `$Version=1; $${name}`,
      `"${name}"`,
    ],
    ...[
      name.toUpperCase(),
      `${name}[]`,
      `${name}%20`,
      `__Host-${name}`,
      `__Secure-${name}`,
      encodeURIComponent(`${name}=`),
    ],
  ]
  for (const other of alike) {
    const line = Buffer.from(`${other}=${value}`).toString('latin1')
    await isNobody(t, signed, JSON.stringify(other), line)
  }
  await isNobody(t, signed, 'in quotes', `${name}="${value}"`)
  await isNobody(t, signed, 'behind a comma', `a=1, ${name}=${value}`)
  t.same((await withCookies(signed, `a=1;${name}\t= ${value} `)).statuses, [200], 'blanks around it are nothing')
})

everywhere('chunks beyond any count, gaps and odd numbers are nobody, at once (S-21)', async (t, signed) => {
  const { name, cookies } = signed
  const many = Array.from({ length: 500 }, (_, at) => `${name}.${at}=x`).join('; ')
  const odd = ['.8=x', '.99999=x', '.2=x', '.01=x', '.1=x', '.1=x; sallyport.1=x', '.99999999=x'].map(
    suffix => `${cookies}; ${name}${suffix}`,
  )
  for (const line of [many, `${cookies}; ${many}`, `${name}.1=x`, ...odd.filter(line => !line.includes('.99999999'))])
    await isNobody(t, signed, line.slice(-40), line)
  for (const suffix of ['.count=1000000000', '.-1=x', '.0x1=x', '.1e3=x', '.=x'])
    t.same((await withCookies(signed, `${cookies}; ${name}${suffix}`)).statuses, [200], `${suffix} is no chunk`)
})

everywhere('a Cookie header of nothing but separators is nothing (S-22)', async (t, signed) => {
  for (const line of ['', ';', ';;', '; ;', '=', '=;=', ' ', ';'.repeat(5000)]) {
    const { fort } = signed
    const { statuses, reached } = await fort.strike(fort.request('GET /public/x HTTP/1.1', `Cookie: ${line}`))
    t.same(statuses, [200], JSON.stringify(line.slice(0, 20)))
    t.equal(fieldOf(reached[0]?.headers ?? [], 'cookie'), undefined, 'and no Cookie arrives')
    t.same((await withCookies(signed, `${line};${signed.cookies};${line}`)).statuses, [200])
  }
})

everywhere('a cookie that is a character short or long is nobody (S-25)', async (t, signed) => {
  const { name, value } = signed
  for (const [what, other] of Object.entries({
    'the last character gone': value.slice(0, -1),
    'half of it': value.slice(0, value.length / 2),
    'one character': value.slice(0, 1),
    'one character more': `${value}A`,
    'padding behind it': `${value}=`,
    twice: value + value,
    nothing: '',
  }))
    await isNobody(t, signed, what, `${name}=${other}`)
})

everywhere('every changed character is nobody, answered alike (S-09)', async (t, signed) => {
  const { name, value } = signed
  const step = Math.ceil(value.length / 150)
  for (let at = 0; at < value.length; at += step) {
    const other = value[at] === 'A' ? 'B' : 'A'
    const { statuses, reached } = await withCookies(
      signed,
      `${name}=${value.slice(0, at)}${other}${value.slice(at + 1)}`,
    )
    if (statuses[0] !== 401 || reached.length > 0) t.fail(`character ${at}: ${statuses}`)
  }
  t.same((await withCookies(signed, signed.cookies)).statuses, [200], 'the cookie itself is still good')
})

everywhere('what was never sealed here is nobody (S-10, S-13)', async (t, signed) => {
  const { name } = signed
  const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const session = { id: 'x', identity: { user: 'ann', groups: ['sre'] }, startedAt: Date.now(), seenAt: Date.now() }
  const tickets = [
    ...[JSON.stringify({ user: 'ann' }), base64(session), `${base64({ alg: 'none' })}.${base64({ sub: 'ann' })}.`],
    ...[
      'null',
      'true',
      '{}',
      '[]',
      '0',
      '-1',
      'undefined',
      '__proto__',
      'constructor',
      'x'.repeat(43),
      'x'.repeat(8000),
    ],
    ...['%00', '%', '\xff\xfe', '"', ',', '../../x', '*', "' or 1=1"],
    ...Array.from({ length: 100 }, (_, length) => randomBytes(length * 5).toString('base64url')),
    ...Array.from({ length: 50 }, () => Buffer.concat([Buffer.from([1]), randomBytes(100)]).toString('base64url')),
  ]
  for (const ticket of tickets) {
    const { statuses, reached } = await withCookies(signed, `${name}=${ticket}`)
    if (statuses[0] !== 401 || reached.length > 0) t.fail(`${ticket.slice(0, 60)}: ${statuses}`)
  }
  t.notOk(signed.fort.gate.lines.some(line => line.status === 500))
})

everywhere(
  'a login under way is no session, a session is no login, and neither moves to another name (S-11)',
  async (t, signed) => {
    const { fort, name, value } = signed
    const begun = await fort.strike(fort.request('GET /_sallyport/login HTTP/1.1', 'Accept: text/html'))
    const headers = begun.answers[0]?.headers ?? []
    const [, loginName = '', login = ''] = /^([^=]+)=([^;]+)/.exec(fieldOf(headers, 'set-cookie') ?? '') ?? []
    const state = new URL(fieldOf(headers, 'location') ?? '').searchParams.get('state')
    t.ok(loginName.startsWith(`${name}.login.`))
    await isNobody(t, signed, 'a login in the place of a session', `${name}=${login}`)
    await isNobody(t, signed, 'a session in the place of a login', `${loginName}=${value}`)

    const callback = (cookie: string) =>
      fort.strike(
        fort.request(
          `GET /_sallyport/callback?code=x&state=${state} HTTP/1.1`,
          'Accept: text/html',
          `Cookie: ${cookie}`,
        ),
      )
    for (const cookie of [
      `${loginName}=${value}`,
      `${name}=${login}`,
      `${loginName.slice(0, -1)}x=${login}`,
      `${loginName}=${login}; ${loginName}=${login}`,
      `${loginName}=${login.slice(0, -1)}`,
      `${loginName}=${login}A`,
    ])
      t.same((await callback(cookie)).statuses, [400], cookie.slice(0, 40))
  },
)

t.test('a session sealed with a secret that is gone is nobody (S-10)', async t => {
  const fort = forts['sessions in the browser'] as Fort
  const signed = await signedIn(fort)
  await fort.gate.reload({
    session: { store: { type: 'cookie' }, secrets: ['0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a1b'] },
  })
  await isNobody(t, signed, 'the old cookie', signed.cookies)
  t.same((await withCookies(signed, await fort.signIn('ann'))).statuses, [200])
})
