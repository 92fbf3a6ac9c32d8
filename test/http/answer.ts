import { createServer } from 'node:http'
import t from 'tap'
import {
  type Answer,
  jsonAnswer,
  pageAnswer,
  problemAnswer,
  redirectAnswer,
  send,
  withCookies,
} from '../../src/http/answer.ts'
import { listen } from '../../src/http/listen.ts'
import { html, htmlDocument } from '../../src/pages/html.ts'
import { fieldOf, fieldsOf, openRaw } from '../support/raw.ts'

const empty = htmlDocument(html``)
const value = (answer: Answer, name: string) => fieldOf(answer.headers, name)

t.test('answers of ours are never kept (B-05)', async t => {
  for (const answer of [jsonAnswer(200, {}), redirectAnswer('/'), pageAnswer(200, empty, 'form')]) {
    t.equal(value(answer, 'cache-control'), 'no-store')
    t.equal(value(answer, 'x-content-type-options'), 'nosniff')
  }
})

t.test('a problem is problem details (RFC 9457), with what else its maker knows', async t => {
  const answer = problemAnswer(
    { status: 401, code: 'unauthenticated', sentence: 'Who?', requestId: 'r' },
    { loginUrl: '/l' },
  )
  t.equal(answer.status, 401)
  t.equal(value(answer, 'content-type'), 'application/problem+json')
  t.same(JSON.parse(answer.body), {
    type: 'about:blank',
    title: 'Who?',
    status: 401,
    code: 'unauthenticated',
    requestId: 'r',
    loginUrl: '/l',
  })
})

t.test('a redirect is a 303 unless told otherwise, and tells the next place nothing of this one', async t => {
  t.match(redirectAnswer('/x'), { status: 303, body: '' })
  t.match(redirectAnswer('/x', 302), { status: 302 })
  t.equal(value(redirectAnswer('/x'), 'location'), '/x')
  t.equal(value(redirectAnswer('/x'), 'referrer-policy'), 'no-referrer')
})

t.test('a page has its policy; one without a form may send none', async t => {
  t.match(value(pageAnswer(200, empty, 'formless'), 'content-security-policy'), "form-action 'none'")
  t.notMatch(value(pageAnswer(200, empty, 'form'), 'content-security-policy'), 'form-action')
})

t.test('cookies are added one line each, and the answer they are added to stays as it was', async t => {
  const plain = jsonAnswer(200, {})
  t.same(fieldsOf(withCookies(plain, ['a=1', 'b=2']).headers, 'set-cookie'), ['a=1', 'b=2'])
  t.same(fieldsOf(plain.headers, 'set-cookie'), [])
})

t.test('what is sent has the length of its bytes, and HEAD gets the head alone', async t => {
  const server = createServer((req, res) =>
    send(res, jsonAnswer(200, { word: 'größer' }), { close: req.url === '/last' }),
  )
  t.teardown(() => server.close())
  const at = await listen(server, { host: '127.0.0.1', port: 0 })
  const client = await openRaw('port' in at ? at.port : 0)
  for (const method of ['GET', 'HEAD', 'GET']) {
    client.send(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`)
    const answer = await client.answer(method)
    t.equal(fieldOf(answer?.headers ?? [], 'content-length'), String(Buffer.byteLength('{"word":"größer"}\n')))
    t.not(fieldOf(answer?.headers ?? [], 'connection'), 'close')
  }
  client.send('GET /last HTTP/1.1\r\nHost: a\r\n\r\n')
  t.equal(fieldOf((await client.answer())?.headers ?? [], 'connection'), 'close')
  await client.closed
})
