import t from 'tap'
import { head, routeTo, visitOf } from '../support/visits.ts'

const routes = [
  routeTo({ name: 'files', path: '/files' }),
  routeTo({ name: 'ours', path: '/files/ours' }),
  routeTo({ name: 'read', path: '/read', methods: ['GET'] }),
  routeTo({ name: 'other', hosts: ['other.test'], path: '/files' }),
]

const roomOf = async (test: Parameters<typeof visitOf>[0], line: string, destination: string) =>
  (await visitOf(test, head(line, `Destination: ${destination}`), { routes })).room

t.test('a copy or a move stays with the route that it came to', async t => {
  for (const destination of [
    ...['/files/b', 'https://app.test/files/b', 'http://APP.test:443/files/b%20c', '/files', 'HTTPS://app.test/files/'],
  ])
    for (const line of ['MOVE /files/a', 'COPY /files/a'])
      t.match(await roomOf(t, line, destination), { kind: 'route', route: { name: 'files' } }, `${line} ${destination}`)
})

t.test('anything else is refused before anybody is asked', async t => {
  for (const [destination, found] of [
    ['/files/ours/b', 'of another route'],
    ['/FILES/OURS/b', 'of another route'],
    ['/files/./ours/b', 'a segment made of dots'],
    ['/files/..%2fours', 'a segment made of dots'],
    ['/files%2fours/b', 'of another route'],
    ['//files/ours', 'of another route'],
    ['/read/x', 'of another route'],
    ['/nowhere', 'of another route'],
    ['/_sallyport/logout', 'of another route'],
    ['https://other.test/files/b', 'on another host'],
    ['https://app.test@other.test/files/b', 'on another host'],
    ['https://app.test.evil.test/files/b', 'on another host'],
    ['https://app.test\\@other.test/files/b', 'that is no address'],
    ['ftp://app.test/files/b', 'that is no address'],
    ['files/b', 'that is no address'],
    ['', 'that is no address'],
    ['https:///files/b', 'that is no address'],
  ] as const)
    for (const line of ['MOVE /files/a', 'COPY /files/a'])
      t.match(
        await roomOf(t, line, destination),
        { kind: 'refused', code: 'destination-refused', found: new RegExp(found) },
        `${line} ${destination}`,
      )
})

t.test('two of them are no address, and to other methods it means nothing', async t => {
  const twice = head('MOVE /files/a', 'Destination: /files/b', 'destination: /files/c')
  t.match((await visitOf(t, twice, { routes })).room, { code: 'request-malformed' })
  t.match(await roomOf(t, 'PUT /files/a', '/files/ours/b'), { kind: 'route' })
  t.match((await visitOf(t, head('MOVE /files/a'), { routes })).room, { kind: 'route' })
})
