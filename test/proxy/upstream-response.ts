import t from 'tap'
import { linesOf } from '../../src/proxy/hop-by-hop.ts'
import { upstreamResponse, upstreamTrailers } from '../../src/proxy/upstream-response.ts'
import { testRoute } from '../support/front.ts'

const upstream = { scheme: 'http' as const, address: { host: 'app', port: 8080 }, authority: 'app:8080', tls: {} }

function relay(rawHeaders: string[], status = 200, extraSetCookies: string[] = [], route = {}) {
  return upstreamResponse(
    { status, rawHeaders },
    {
      route: testRoute({ upstream, ...route }),
      visitor: { scheme: 'https', host: 'app.test' },
      isOwnCookie: name => name === '__Host-sallyport',
      extraSetCookies,
    },
  )
}

const kept = (rawHeaders: string[], status?: number) => {
  const reading = relay(rawHeaders, status)
  return reading.ok ? reading.headers : reading.found
}

t.test('end-to-end headers pass in order and spelling, repeated ones too', t => {
  const headers = [
    'content-type',
    'text/html',
    'Set-Cookie',
    'a=1',
    'X-A',
    'b',
    'Set-Cookie',
    'c=2',
    'Cache-Control',
    'no-store',
  ]
  t.strictSame(kept(headers), headers)
  t.end()
})

t.test('hop-by-hop headers and those that Connection names end here (Q-30)', t => {
  const headers = [
    'Connection',
    'keep-alive, X-Hop',
    'Keep-Alive',
    'timeout=5',
    'x-hop',
    '1',
    'Proxy-Authenticate',
    'Basic',
    'Trailer',
    'X-T',
    'Transfer-Encoding',
    'chunked',
    'Upgrade',
    'h2c',
    'Alt-Svc',
    'h3=":443"',
    'X-End',
    '1',
  ]
  t.strictSame(kept(headers), ['X-End', '1'])
  t.end()
})

t.test('a Connection line takes away no security header and no cookie', t => {
  const headers = [
    'Connection',
    'Set-Cookie, Cache-Control, Content-Security-Policy',
    'Set-Cookie',
    'a=1',
    'Cache-Control',
    'private',
    'Content-Security-Policy',
    'default-src',
  ]
  t.strictSame(kept(headers), headers.slice(2))
  t.match(relay(['Connection', 'set-cookie'], 200, ['__Host-sallyport=new']), {
    headers: ['Set-Cookie', '__Host-sallyport=new'],
  })
  t.end()
})

t.test('an upstream cannot set a cookie of ours', t => {
  const cookies = [
    '__Host-sallyport=evil; Path=/',
    ' __Host-sallyport =evil',
    '=__Host-sallyport=evil',
    '__Host-sallyport',
    ' = __Host-sallyport=evil',
  ]
  for (const cookie of cookies) t.strictSame(kept(['set-cookie', cookie]), [], cookie)
  for (const cookie of ['__Host-sallyport2=a', 'a=__Host-sallyport=b', 'b; __Host-sallyport=c'])
    t.strictSame(kept(['Set-Cookie', cookie]), ['Set-Cookie', cookie], cookie)
  t.end()
})

t.test('framing that two readers could understand differently is refused (d-23)', t => {
  const bad: Array<[string[], RegExp]> = [
    [['Content-Length', '5', 'Transfer-Encoding', 'chunked'], /both/],
    [['Content-Length', '5', 'content-length', '6'], /more than one/],
    [['Content-Length', '5', 'Content-Length', '5'], /more than one/],
    [['Content-Length', '+5'], /not a number/],
    [['Content-Length', '5, 5'], /not a number/],
    [['Content-Length', ''], /not a number/],
    [['Transfer-Encoding', 'gzip, chunked'], /transfer coding/],
    [['Transfer-Encoding', 'identity'], /transfer coding/],
    [['Transfer-Encoding', 'chunked', 'Transfer-Encoding', 'chunked'], /transfer coding/],
  ]
  for (const [headers, found] of bad) t.match(relay(headers), { ok: false, found }, headers.join(' '))
  t.strictSame(kept(['Content-Length', '5']), ['Content-Length', '5'])
  t.strictSame(kept(['Transfer-Encoding', 'Chunked']), [])
  t.end()
})

t.test('header bytes that could end a line are refused', t => {
  for (const value of ['a\r\nX: y', 'a\nb', 'a\rb', 'a\0b', 'a\x7fb', '\u0100'])
    t.match(relay(['X-A', value]), { ok: false, found: /control/ })
  for (const name of ['X A', 'X:', '', 'X\n', 'Xé']) t.match(relay([name, 'a']), { ok: false, found: /token/ })
  t.strictSame(kept(['X-A', 'caf\xe9\tx']), ['X-A', 'caf\xe9\tx'])
  t.end()
})

t.test('a 204 and a 101 have no length, a 304 and a 200 keep theirs', t => {
  for (const [status, length] of [
    [204, 0],
    [101, 0],
    [304, 2],
    [200, 2],
  ] as const)
    t.equal(kept(['Content-Length', '5'], status).length, length, String(status))
  t.end()
})

t.test('a redirect to the upstream’s own address is mapped, and nothing else', t => {
  t.strictSame(kept(['LOCATION', 'http://app:8080/x', 'Content-Location', 'http://app:8080/x']), [
    'LOCATION',
    'https://app.test/x',
    'Content-Location',
    'http://app:8080/x',
  ])
  t.end()
})

t.test('trailers that come too late to be obeyed are dropped', t => {
  const trailers = [
    'X-Checksum',
    'abc',
    'Set-Cookie',
    'a=1',
    'content-length',
    '3',
    'Connection',
    'x',
    'Grpc-Status',
    '0',
    'X-Bad',
    'a\nb',
    'X Y',
    '1',
  ]
  t.strictSame(upstreamTrailers(trailers), [
    ['X-Checksum', 'abc'],
    ['Grpc-Status', '0'],
  ])
  t.end()
})

t.test('an answer with a cookie of ours is for this visitor alone, whatever the upstream tells caches', t => {
  const headers = [
    ...[
      'Cache-Control',
      'public, max-age=86400',
      'cache-control',
      's-maxage=9',
      'Expires',
      'Thu, 01 Jan 2099 00:00:00 GMT',
    ],
    ...['Pragma', 'x', 'CDN-Cache-Control', 'max-age=1', 'Cloudflare-CDN-Cache-Control', 'max-age=1'],
    ...['Surrogate-Control', 'max-age=1', 'X-Accel-Expires', '60', 'Edge-Control', 'max-age=1', 'ETag', '"a"'],
  ]
  t.strictSame(relay(headers, 200, ['__Host-sallyport=new']), {
    ok: true,
    headers: ['ETag', '"a"', 'Set-Cookie', '__Host-sallyport=new', 'Cache-Control', 'private, no-store'],
  })
  t.strictSame(kept(headers), headers, 'without one it is the upstream’s to say')
  t.end()
})

t.test('what an upstream leaves to caches is private on a route that asks who is there (B-05)', t => {
  const cacheControl = (headers: string[], status = 200, route: object = { public: false }): string | undefined => {
    const reading = relay(headers, status, [], route)
    return reading.ok ? linesOf(reading.headers, 'cache-control').join() : reading.found
  }
  for (const status of [200, 206, 301, 404, 410]) t.equal(cacheControl(['Expires', '0'], status), 'private')
  t.equal(cacheControl(['cache-control', 'public, max-age=5']), 'public, max-age=5', 'its word is its own')
  t.equal(cacheControl([], 304), '', 'what is kept already has been told')
  t.equal(cacheControl([], 101), '')
  t.equal(cacheControl([], 200, { public: true }), '')
  t.end()
})
