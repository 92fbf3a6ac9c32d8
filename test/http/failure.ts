import t from 'tap'
import { SallyportError, sentenceOf } from '../../src/core/errors.ts'
import { failureAnswer, refusalAnswer, thrownAnswer } from '../../src/http/failure.ts'
import { fieldOf } from '../support/raw.ts'
import { head, routeTo, visitOf } from '../support/visits.ts'

const navigate = 'Sec-Fetch-Mode: navigate'

t.test('people get a page, programs get problem details; both have the sentence and the request id', async t => {
  const person = await visitOf(t, head('GET /', navigate))
  const page = failureAnswer(person, 'upstream-timeout')
  t.equal(page.status, 504)
  t.match(fieldOf(page.headers, 'content-type'), 'text/html')
  t.match(page.body, sentenceOf('upstream-timeout'))
  t.match(page.body, person.id)

  const program = await visitOf(t, head('GET /'))
  const problem = failureAnswer(program, 'upstream-timeout')
  t.match(JSON.parse(problem.body), {
    status: 504,
    code: 'upstream-timeout',
    title: sentenceOf('upstream-timeout'),
    requestId: program.id,
  })
})

t.test('what was thrown is told by its code; its detail and its causes stay in the log (L-10)', async t => {
  const cause = new Error('connect ECONNREFUSED 10.1.2.3:8080')
  const errors = [
    [new SallyportError('upstream-unreachable', 'asking 10.1.2.3 failed', { cause }), 502, 'upstream-unreachable'],
    [cause, 500, 'internal'],
    ['a text 10.1.2.3', 500, 'internal'],
    [undefined, 500, 'internal'],
  ] as const
  for (const lines of [[navigate], []]) {
    const visit = await visitOf(t, head('GET /', ...lines))
    for (const [error, status, code] of errors) {
      const answer = thrownAnswer(visit, error)
      t.equal(answer.status, status)
      t.match(answer.body, sentenceOf(code))
      t.notMatch(answer.body, /10\.1\.2\.3|ECONN/)
    }
  }
})

t.test('when asking again makes sense, the answer says when', async t => {
  const visit = await visitOf(t, head('GET /'))
  const later = thrownAnswer(visit, new SallyportError('provider-unavailable', 'x', { retryAfterSeconds: 7 }))
  t.equal(fieldOf(later.headers, 'retry-after'), '7')
  const never = thrownAnswer(visit, new SallyportError('provider-unavailable', 'x'))
  t.equal(fieldOf(never.headers, 'retry-after'), undefined)
})

t.test('a path that only an opt-in lets pass names the opt-in, on the page and in the problem', async t => {
  for (const [path, optIn] of [
    ['/a%2Fb', 'encodedSlash'],
    ['/a%3Bb', 'encodedReserved'],
    ['/a;b', 'semicolon'],
    ['/a//b', 'emptySegment'],
  ] as const) {
    const page = refusalAnswer(await visitOf(t, head(`GET ${path}`, navigate)))
    t.equal(page.status, 400)
    t.match(page.body, `<code>allowInPath: [${optIn}]</code>`)
    const problem = JSON.parse(refusalAnswer(await visitOf(t, head(`GET ${path}`))).body)
    t.match(problem, { code: 'target-ambiguous', detail: `allowInPath: [${optIn}]` })
  }
  const hopeless = JSON.parse(refusalAnswer(await visitOf(t, head('GET /a/%2e%2e/b'))).body)
  t.notMatch(hopeless.detail, 'allowInPath', 'and where none would, none is named')
})

t.test('what was asked for is not repeated: no part of a refused target comes back (B-03)', async t => {
  for (const path of ['/<script>', '/evil%zz', '/%2e%2e/evil', '/a/./evil', '/evil%00']) {
    for (const lines of [[navigate], []]) {
      const { body } = refusalAnswer(await visitOf(t, head(`GET ${path}`, ...lines)))
      t.notMatch(body, /evil|<script>/, path)
    }
  }
})

t.test('a method that no route takes is told which ones there are', async t => {
  const routes = [routeTo({ methods: ['GET', 'POST'] })]
  const answer = refusalAnswer(await visitOf(t, head('PUT /'), { routes }))
  t.equal(answer.status, 405)
  t.equal(fieldOf(answer.headers, 'allow'), 'GET, POST')
})

t.test('a login that failed has a page of its own, with a way to start again', async t => {
  const visit = await visitOf(t, head('GET /', navigate))
  const page = failureAnswer(visit, 'login-expired', { retryUrl: '/_sallyport/login' })
  t.match(page.body, 'Start a new sign-in')
  t.match(page.body, 'href="/_sallyport/login"')
  const program = failureAnswer(await visitOf(t, head('GET /')), 'login-expired', { retryUrl: '/_sallyport/login' })
  t.match(JSON.parse(program.body), { loginUrl: '/_sallyport/login' })
})

t.test('only what was refused can be answered as a refusal', async t => {
  const visit = await visitOf(t, head('GET /'))
  t.throws(() => refusalAnswer(visit), { code: 'internal' })
})
