// H, hop by hop: no Connection line takes away what we wrote, and what belongs to one connection ends with it, trailers included.
import t from 'tap'
import { mark, openForgersWorld, type Situation } from '../fuzz/headers.ts'
import { type Test, websocketFields } from '../support/attack.ts'
import { fieldsOf } from '../support/wire.ts'

const { ann, request, strike, situations, breach } = await openForgersWorld(t)
const guarded = situations['a protected route'] as Situation
const websocket = situations['a websocket'] as Situation

/** Neither a request nor a websocket handshake with these lines loses anything of ours. */
async function takesNothing(t: Test, ...lines: readonly string[]): Promise<void> {
  const asked = await strike(request(guarded.line, ...guarded.with, ...lines))
  t.equal(breach(asked, guarded), undefined, lines.join(' | ').slice(0, 80))
  const fields = [ann, ...websocketFields.filter(field => !field.startsWith('Connection')), 'Connection: Upgrade']
  const upgraded = await strike(request(websocket.line, ...fields, ...lines))
  t.equal(breach(upgraded, websocket), undefined, `a websocket: ${lines.join(' | ').slice(0, 80)}`)
}

const ours = 'X-Forwarded-User, X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host'

t.test('Connection takes away nothing that we write (H-13, H-15, H-17)', async t => {
  for (const list of [`close, ${ours}`, 'X-Forwarded-User', 'X-Forwarded-Host', 'X-Sallyport-Assertion, X-Team'])
    await takesNothing(t, `Connection: ${list}`)
  await takesNothing(t, 'Connection: X-Request-Id, X-Forwarded-Port, X-Real-IP, Forwarded, X-ODD-case, Host')
})

t.test('in no letters, and not with blanks and empty members between (H-14)', async t => {
  for (const list of [ours.toLowerCase(), ours.toUpperCase(), 'x-real-ip', 'x-forwarded-USER', 'X_Forwarded_User'])
    await takesNothing(t, `connection: ${list}`)
  for (const list of [
    'keep-alive ,\tX-FORWARDED-FOR,,',
    ',,X-Forwarded-User,,',
    '\tX-Forwarded-User\t',
    '"X-Forwarded-User"',
  ])
    await takesNothing(t, `CONNECTION: ${list}`)
})

t.test('nor with several Connection lines, the first of them empty (H-18)', async t => {
  await takesNothing(t, 'Connection:', 'Connection: X-Forwarded-User')
  await takesNothing(t, 'Connection: X-Forwarded-User', 'Connection: keep-alive')
  await takesNothing(t, 'Connection: keep-alive', 'connection: X-Forwarded-User', 'Connection:')
})

t.test('Connection takes no framing and no body away', async t => {
  for (const list of ['content-length', 'transfer-encoding', 'host', 'content-type', 'expect', 'close,'.repeat(1000)]) {
    const post = request('POST /x HTTP/1.1', ann, `Connection: ${list}`, 'Content-Length: 2')
    const { reached } = await strike(`${post}hi`)
    t.same([reached.length, reached[0]?.body], [1, 'hi'], list.slice(0, 40))
  }
  for (const name of ['Keep-Alive', 'Proxy-Connection', 'TE', 'Trailer', 'Proxy-Authenticate', 'Proxy-Foo']) {
    const impact = await strike(request(guarded.line, ann, `${name}: X-Forwarded-User`))
    t.equal(breach(impact, guarded), undefined, name)
    t.same(fieldsOf(impact.reached[0]?.headers ?? [], name), [], `${name} ends here`)
  }
})

t.test('Connection cannot take the session from a decision, only cookies from the upstream', async t => {
  const { statuses, reached } = await strike(
    request('GET /x HTTP/1.1', `${ann}; app=1`, 'Connection: cookie, authorization'),
  )
  t.same(statuses, [200])
  t.same(fieldsOf(reached[0]?.headers ?? [], 'x-forwarded-user'), ['ann'])
})

t.test('no trailer arrives, neither as a trailer nor as a header (H-27)', async t => {
  const chunked = (...more: readonly string[]) =>
    request('POST /x HTTP/1.1', ann, 'Transfer-Encoding: chunked', ...more)
  const names = [
    ...['X-Auth-Request-User', 'X_Auth_Request_User', 'X-Forwarded-User', 'Content-Length', 'Transfer-Encoding'],
    ...['Host', 'Cookie', 'Authorization', '__proto__', 'X-Other'],
  ]
  for (const name of names)
    for (const more of [[], [`Trailer: ${name}`, 'TE: trailers']]) {
      const impact = await strike(`${chunked(...more)}2\r\nhi\r\n0\r\n${name}: ${mark}\r\n\r\n`)
      // Node reads a length in a trailer as the message's own, and refuses it.
      const isFraming = /^(?:content-length|transfer-encoding)$/i.test(name) && impact.statuses[0] === 400
      const found = isFraming ? undefined : breach(impact, guarded)
      t.equal(found, undefined, `${name} ${more.length > 0 ? 'announced' : 'unannounced'}`)
    }
})
