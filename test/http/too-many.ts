import t from 'tap'
import { noPlace, tooManyAnswer } from '../../src/http/too-many.ts'
import { head, visitOf } from '../support/visits.ts'

t.test('a program reads when to come back, and so does a person', async t => {
  const limit = { kind: 'limit', reason: 'address-rate', waitMs: 1200 } as const
  const program = await visitOf(t, head('GET /'))
  const answer = tooManyAnswer(program, limit)
  t.equal(answer.status, 429)
  t.match(new Map(answer.headers).get('Retry-After'), '2')
  t.match(JSON.parse(answer.body), {
    status: 429,
    code: 'too-many-requests',
    detail: 'Wait 2 seconds, then try again.',
  })
  t.match(program.trail, { decision: 'limit', reason: 'address-rate' })

  const person = await visitOf(t, head('GET /', 'Sec-Fetch-Mode: navigate'))
  const page = tooManyAnswer(person, noPlace('open-requests'))
  t.match(new Map(page.headers).get('content-type'), /^text\/html/)
  t.match(page.body, 'Wait a second, then try again.')
  t.equal(new Map(page.headers).get('Retry-After'), '1')
})

t.test('nobody is told to come back at once', async t => {
  const visit = await visitOf(t, head('GET /'))
  const { headers } = tooManyAnswer(visit, { kind: 'limit', reason: 'user-rate', waitMs: 0.2 })
  t.equal(new Map(headers).get('Retry-After'), '1')
})
