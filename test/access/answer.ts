import t, { type Test } from 'tap'
import type { Admission } from '../../src/access/admit.ts'
import { refuse } from '../../src/access/answer.ts'
import type { Decision } from '../../src/core/decide.ts'
import { session } from '../session/examples.ts'
import { fieldOf, fieldsOf } from '../support/raw.ts'
import { head, visitOf } from '../support/visits.ts'

const navigate = 'Sec-Fetch-Mode: navigate'
const login = { kind: 'login', reason: 'session-idle' } as const
const forbid = (reason: 'denied' | 'not-allowed') => ({ kind: 'forbid', reason, session: session('<ann>') }) as const

const answerTo = async (t: Test, decision: Decision, line: string, ...lines: string[]) => {
  const visit = await visitOf(t, head(line, ...lines))
  if (visit.room.kind !== 'route') throw new Error(`${line} leads to no route`)
  const admission: Admission = { decision, setCookies: ['a=1'] }
  return { visit, ...refuse(admission, { visit, address: visit.room.address, ownPrefix: '/_sallyport' }) }
}

t.test('a person going to a page is sent to log in, and brought back to it', async t => {
  for (const line of ['GET /x?y=a%20b&z', 'HEAD /x?y=a%20b&z']) {
    const answer = await answerTo(t, login, line, navigate)
    t.equal(answer.status, 302)
    t.equal(fieldOf(answer.headers, 'location'), '/_sallyport/login?return_to=%2Fx%3Fy%3Da%2520b%26z')
    t.equal(fieldOf(answer.headers, 'cache-control'), 'no-store')
    t.same(fieldsOf(answer.headers, 'set-cookie'), ['a=1'], 'a dead cookie goes now')
  }
})

t.test('a program is told with 401 where a person would log in, and its cookies are left alone', async t => {
  for (const line of ['GET /x', 'POST /x', 'DELETE /x', 'OPTIONS /x']) {
    const answer = await answerTo(t, login, line)
    t.equal(answer.status, 401, line)
    t.match(JSON.parse(answer.body), {
      code: 'unauthenticated',
      requestId: answer.visit.id,
      reason: 'session-idle',
      detail: 'Your session has ended, because it was not used for a while.',
      loginUrl: 'https://app.test/_sallyport/login?return_to=%2Fx',
    })
    t.same(fieldsOf(answer.headers, 'set-cookie'), [])
  }
})

t.test('a form that was posted too late is a page that says so, and no redirect', async t => {
  const answer = await answerTo(t, login, 'POST /x', navigate)
  t.equal(answer.status, 401)
  t.match(answer.body, 'nothing was saved')
  t.match(answer.body, 'because it was not used for a while', 'and why')
  t.match(answer.body, 'href="/_sallyport/login"')
  t.equal(fieldOf(answer.headers, 'location'), undefined)
  t.same(fieldsOf(answer.headers, 'set-cookie'), [])
})

t.test('an address too long to carry is cut to its path', async t => {
  const answer = await answerTo(t, login, `GET /search?q=${'x'.repeat(3000)}`, navigate)
  t.equal(fieldOf(answer.headers, 'location'), '/_sallyport/login?return_to=%2Fsearch')
})

t.test('who may not pass reads as whom, why, and how to become somebody else', async t => {
  for (const reason of ['denied', 'not-allowed'] as const) {
    const page = await answerTo(t, forbid(reason), 'GET /x', navigate)
    t.equal(page.status, 403)
    t.match(page.body, reason)
    t.match(page.body, '&lt;ann&gt;')
    t.notMatch(page.body, '<ann>')
    t.match(page.body, /<form[^>]*method="post"[^>]*action="\/_sallyport\/logout"/)
    t.match(page.body, page.visit.id)
    const problem = await answerTo(t, forbid(reason), 'GET /x')
    t.equal(problem.status, 403)
    t.match(JSON.parse(problem.body), { code: 'forbidden', reason, requestId: problem.visit.id })
    t.notMatch(problem.body, 'loginUrl', 'logging in again would not help')
  }
})

t.test('who may not pass is still signed in: a refreshed session reaches the browser with the refusal', async t => {
  for (const asks of [[navigate], []]) {
    const answer = await answerTo(t, forbid('not-allowed'), 'GET /x', ...asks)
    t.same(fieldsOf(answer.headers, 'set-cookie'), ['a=1'])
  }
})

t.test('who may pass is never refused by mistake', async t => {
  await t.rejects(answerTo(t, { kind: 'forward', reason: 'public' }, 'GET /x'), /may pass/)
})
