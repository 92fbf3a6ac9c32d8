import t from 'tap'
import { requestHead } from '../../src/proxy/http1-request.ts'
import type { UpstreamRequest } from '../../src/proxy/upstream-request.ts'

const head = (request: Partial<UpstreamRequest>) =>
  requestHead({ method: 'GET', path: '/', headers: [], body: 'none', ...request })

t.test('a head is the request line, the headers as they are, and our own framing', async t => {
  const headers = ['Host', 'app.test', 'x-A', 'b\xe4', 'x-a', '']
  t.equal(head({ path: '/a?b=%zz', headers }), 'GET /a?b=%zz HTTP/1.1\r\nHost: app.test\r\nx-A: b\xe4\r\nx-a: \r\n\r\n')
  t.equal(head({ method: 'PUT', body: 5 }), 'PUT / HTTP/1.1\r\nContent-Length: 5\r\n\r\n')
  t.equal(head({ body: 'chunked' }), 'GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n')
  t.equal(head({ body: 0 }), 'GET / HTTP/1.1\r\nContent-Length: 0\r\n\r\n')
})

t.test('only a method that usually has a body says that it has none', async t => {
  for (const method of ['POST', 'PUT', 'PATCH', 'QUERY']) t.match(head({ method }), 'Content-Length: 0')
  for (const method of ['GET', 'HEAD', 'DELETE', 'OPTIONS']) t.notMatch(head({ method }), 'Content-Length')
})

t.test('nothing that could end a line is ever written, nor what would be cut down to it (Q-20)', async t => {
  const cut = String.fromCharCode(0x10a)
  for (const evil of ['a\r\nX: 1', 'a\nb', 'a\rb', 'a\0', `a${cut}b`, '\u{1f4a9}', 'a\x7f']) {
    t.match(head({ path: `/${evil}` }), { found: String }, JSON.stringify(evil))
    t.match(head({ method: evil }), { found: String })
    t.match(head({ headers: ['X-A', evil] }), { found: String })
    t.match(head({ headers: [evil, 'a'] }), { found: String })
  }
  for (const path of ['', '/a b', '/\xe4']) t.match(head({ path }), { found: String }, path)
  for (const name of ['', 'A B', 'A:', 'A ']) t.match(head({ headers: [name, 'a'] }), { found: String }, name)
})
