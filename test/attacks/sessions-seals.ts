// S, seals: a ticket that was cut, changed, moved or never sealed here is no session, answered like any other, and nothing breaks.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { buildForts, isNobody, signedIn, storyteller, withCookies } from '../support/signed-in.ts'
import { fieldOf } from '../support/wire.ts'

const forts = await buildForts(t)
const everywhere = storyteller(t, forts)

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
  const fort = forts['in the browser']
  const signed = await signedIn(fort)
  await fort.gate.reload({
    session: { store: { type: 'cookie' }, secrets: ['0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a1b'] },
  })
  await isNobody(t, signed, 'the old cookie', signed.cookies)
  t.same((await withCookies(signed, await fort.signIn('ann'))).statuses, [200])
})
