import t from 'tap'
import { logAccess, makeLog } from '../../src/http/log.ts'
import { session as signedIn } from '../session/examples.ts'
import { head, visitOf } from '../support/visits.ts'

const canary = 'canary-3f1c'
const secretNames = [
  ...['authorization', 'cookie', 'set-cookie', 'code', 'state', 'nonce', 'verifier', 'codeVerifier', 'ticket'],
  ...['secret', 'password', 'token', 'idToken', 'accessToken', 'refreshToken', 'id_token', 'access_token'],
  ...['refresh_token', 'client_secret', 'clientSecret', 'assertion'],
]

const listening = (level: 'debug' | 'info' = 'info') => {
  const lines: string[] = []
  const log = makeLog(level, { write: line => void lines.push(line) })
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '{}') }
}

const session = signedIn('ann')

t.test('under the name of a secret nothing is written, at the top and inside (L-02)', async t => {
  const { log, lines } = listening()
  for (const name of secretNames) {
    log.info({ [name]: canary }, 'top')
    log.info({ inside: { [name]: canary } }, 'inside')
    log.info({ [name]: { deep: canary } }, 'whole')
    log.info({ [name]: [canary] }, 'list')
    t.notMatch(lines.join(''), canary, name)
  }
  t.match(lines.join(''), '[secret]')
})

t.test('a line is one JSON object with level, time and text, and below its level there is none', async t => {
  const { log, lines, last } = listening('info')
  log.debug({}, 'too much')
  t.equal(lines.length, 0)
  log.warn({ provider: 'corp' }, 'a text\nwith a line break')
  t.equal(lines.length, 1)
  t.equal(lines[0]?.indexOf('\n'), (lines[0]?.length ?? 0) - 1)
  t.match(last(), { level: 'warn', provider: 'corp', msg: 'a text\nwith a line break', time: /^\d{4}-\d\d-\d\dT.*Z$/ })
})

t.test('the access line says what happened, and never the query', async t => {
  const { log, lines, last } = listening()
  const visit = await visitOf(
    t,
    head(`GET /callback?code=${canary}`, `Cookie: a=${canary}`, `Authorization: ${canary}`),
  )
  Object.assign(visit.trail, { decision: 'forward', reason: 'allowed', session })
  logAccess(log, { visit, status: 200, ms: 1.23456, completed: true }, false)
  t.same(Object.keys(last()), [
    ...['level', 'time', 'request', 'method', 'host', 'path', 'route', 'decision', 'reason', 'status', 'ms', 'peer'],
    ...['session', 'msg'],
  ])
  t.match(last(), {
    request: visit.id,
    host: 'app.test',
    path: '/callback',
    route: 'app',
    status: 200,
    ms: 1.23,
    peer: '127.0.0.1',
    session: session.id,
  })
  for (const secret of [canary, session.tokens.idToken]) t.notOk(lines.join('').includes(secret))
  t.notMatch(lines.join(''), /ann/, 'nor who it was, unless asked to')
})

t.test('with log.subject it says who it was', async t => {
  const { log, last } = listening()
  const visit = await visitOf(t, head('GET /'))
  visit.trail.session = session
  logAccess(log, { visit, status: 200, ms: 1, completed: true }, true)
  t.match(last(), { subject: 'id-of-ann', user: 'ann' })
})

t.test('what was refused at the door is said in words of ours, without its target', async t => {
  const { log, lines, last } = listening()
  const visit = await visitOf(t, head(`GET /${canary}/../x`))
  logAccess(log, { visit, status: 400, ms: 1, completed: true }, false)
  t.match(last(), { refused: 'target-ambiguous', found: 'a segment made of dots', route: '(none)' })
  t.notMatch(lines.join(''), canary)
})

t.test('an answer that did not arrive whole is said to be so, with the reason', async t => {
  const { log, last } = listening()
  const visit = await visitOf(t, head('GET /_sallyport/me'))
  visit.trail.failure = 'client-left'
  logAccess(log, { visit, status: 200, ms: 1, completed: false }, false)
  t.match(last(), { completed: false, failure: 'client-left', route: '(own)' })
})
