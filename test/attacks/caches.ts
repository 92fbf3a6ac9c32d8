// Z, caches: between two people and an upstream nothing is kept, whatever the upstream says about keeping.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { claims } from '../support/rogue-faults.ts'
import { startRogueGate } from '../support/rogue-gate.ts'
import { sourceFiles } from '../support/source.ts'
import { echo, type Script } from '../support/upstream.ts'
import { fieldOf } from '../support/wire.ts'

/** What every cache would like to keep for everybody, and a Cache-Control that ends in the middle. */
const lasting =
  'Cache-Control: public, max-age=600, s-maxage=600, private="x\r\nETag: "x"\r\nLast-Modified: Thu, 01 Jan 2026 00:00:00 GMT'

const scripts: Readonly<Record<string, Script>> = {
  '/kept.css': ({ request, socket }) => {
    const who = fieldOf(request.headers, 'x-forwarded-user') ?? 'nobody'
    socket.write(`HTTP/1.1 200 OK\r\n${lasting}\r\nContent-Length: ${who.length}\r\n\r\n${who}`)
  },
  '/moved': ({ socket }) =>
    void socket.write(`HTTP/1.1 301 Moved\r\n${lasting}\r\nLocation: /kept.css\r\nContent-Length: 0\r\n\r\n`),
}

const { rogue, upstream, newBrowser } = await startRogueGate(t, {
  provider: { userinfo: 'never' },
  answer: turn => (scripts[turn.request.target] ?? echo)(turn),
})

const signedInAs = async (preferred_username: string) => {
  rogue.behave()
  rogue.misbehave(claims({ preferred_username }))
  const browser = newBrowser()
  await browser.visit('/')
  return browser
}

t.test('what was answered to one person is answered to nobody else (Z-09)', async t => {
  const people = { alice: await signedInAs('alice'), bob: await signedInAs('bob') }
  const before = upstream.requests.length
  for (const round of [1, 2])
    for (const [who, browser] of Object.entries(people))
      for (const headers of [{}, { 'if-none-match': '"x"' }, { 'cache-control': 'only-if-cached' }] as const)
        t.equal((await browser.fetch('/kept.css', { headers })).body, who, `round ${round}`)
  t.equal((await newBrowser().fetch('/kept.css')).status, 401)
  t.equal(upstream.requests.length, before + 12, 'each was asked of the upstream')
})

t.test(
  'a redirect is neither followed nor remembered, and what it leads to is not kept in its place (Z-19)',
  async t => {
    const people = { alice: await signedInAs('alice'), bob: await signedInAs('bob') }
    for (const [who, browser] of Object.entries({ ...people, ...people })) {
      t.match(await browser.fetch('/moved'), { status: 301, body: '', location: /\/kept\.css$/ })
      t.equal((await browser.fetch('/kept.css')).body, who)
    }
    t.equal(upstream.requests.filter(({ target }) => target === '/moved').length, 2)
    const composed = sourceFiles().filter(file =>
      /interceptors|\.compose\(|RetryAgent|ProxyAgent/.test(readFileSync(file, 'utf8')),
    )
    t.same(composed, [], 'no dispatcher caches, retries, redirects or goes through a proxy')
  },
)
