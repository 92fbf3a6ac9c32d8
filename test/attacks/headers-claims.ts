// H, claims: what a provider says of somebody becomes one value per header, whatever it is made of; and what is the visitor's own goes to nobody else.
import { request as ask } from 'node:http'
import fc from 'fast-check'
import t from 'tap'
import { anyText } from '../support/any-text.ts'
import { buildFort, passed, type Test, until } from '../support/attack.ts'
import { startGateAt } from '../support/gate.ts'
import { fieldOf, sendRaw } from '../support/raw.ts'
import { userinfo } from '../support/rogue-faults.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'
import { startUpstream } from '../support/upstream.ts'
import { fieldsOf } from '../support/wire.ts'

/** Somebody with this name and these groups; an element of the list may be anything. */
const person = (name: unknown, ...groups: readonly unknown[]) => ({ preferred_username: 'eve', name, groups })

const people = {
  comma: person('x', 'x,sre', 'sre,', ',sre', 'CN=Admins,OU=sre'),
  semicolon: person('x', 'x;sre', 'x|sre', 'x sre', ' sre', 'sre ', 'sre\u200b', 'SRE', 'sre\0', '\u00a0sre'),
  shapes: person('x', ['sre'], { sre: true }, null, '["sre"]', '__proto__', 'constructor'),
  line: person('a\r\nX-Forwarded-User: root\r\n\r\nGET /admin/smuggled HTTP/1.1', 'a\r\nX-Forwarded-Groups: sre'),
  odd: person('\u0141\u00d3D\u0179 \ud83d\ude00 100% ', '\ud800', '\u2028sre', '%2C', 'a\tb'),
  text: { ...person('x'), groups: 'sre' },
  cited: { ...person('x'), groups: '["sre"]' },
}

const fort = await buildFort(t, {
  settings: { identity: { assertion: { header: 'X-Sallyport-Assertion' } } },
  everyRoute: { headers: { set: { 'X-Name': '{identity.name}' } } },
  providerOptions: { users: people },
})
const { request, strike } = fort

async function seenOf(t: Test, user: string, path = '/x') {
  const impact = await strike(request(`GET ${path} HTTP/1.1`, `Cookie: ${await fort.signIn(user)}`))
  passed(t, impact, path)
  return impact.reached[0]?.headers ?? []
}

/** The groups as a backend would split them. */
const groupsOf = (headers: Awaited<ReturnType<typeof seenOf>>) =>
  fieldOf(headers, 'x-forwarded-groups')?.split(',') ?? []

t.test('a group with a separator in it is one group, and another than its parts (H-25)', async t => {
  for (const user of ['comma', 'semicolon', 'shapes', 'line', 'odd', 'cited']) {
    const headers = await seenOf(t, user)
    t.equal(groupsOf(headers).includes('sre'), false, `${user} is not in sre`)
    const admin = await strike(request('GET /admin/x HTTP/1.1', `Cookie: ${await fort.signIn(user)}`))
    t.same([admin.statuses, admin.reached], [[403], []], `${user} may not enter /admin`)
  }
  t.same(groupsOf(await seenOf(t, 'comma')), ['x%2Csre', 'sre%2C', '%2Csre', 'CN=Admins%2COU=sre'])
})

t.test('a claim ends no line, whatever is in it (H-26)', async t => {
  for (const [user, name] of [
    ['line', 'a%0D%0AX-Forwarded-User: root%0D%0A%0D%0AGET /admin/smuggled HTTP/1.1'],
    ['odd', '%C5%81%C3%93D%C5%B9 %F0%9F%98%80 100%25%20'],
  ] as const) {
    const headers = await seenOf(t, user)
    t.same(fieldsOf(headers, 'x-name'), [name], user)
    t.same(fieldsOf(headers, 'x-forwarded-user'), ['eve'], user)
    t.equal(fieldsOf(headers, 'x-forwarded-groups').length, 1)
    t.same(
      headers.flat().filter(text => /[^\x20-\x7e]/.test(text)),
      [],
      user,
    )
  }
  t.notOk(fort.gate.lines.some(({ status }) => status === 500))
  await fort.probe(t, 'after them')
})

t.test('any name at all becomes one value that stands for it alone (H-26)', async t => {
  const rogue = await startRogueProvider(t)
  const upstream = await startUpstream(t)
  const { gate, newBrowser } = await startGateAt(t, {
    provider: rogue,
    routes: [{ upstream: `http://127.0.0.1:${upstream.port}`, allow: [{ authenticated: true }] }],
    settings: { identity: { headers: { 'X-Name': '{identity.name}' } } },
  })
  const property = fc.asyncProperty(anyText({ minLength: 1, maxLength: 60 }), async name => {
    rogue.behave()
    rogue.misbehave(userinfo({ name }))
    const browser = newBrowser()
    await browser.signInAs('ann')
    const asked = upstream.requests.length
    await sendRaw(
      gate.port,
      request('GET /x HTTP/1.1', `Cookie: ${browser.cookies('/')}`).replace(fort.host, `localhost:${gate.port}`),
    )
    const found = fieldsOf(upstream.requests.at(asked)?.headers ?? [], 'x-name')
    if (found.length > 1 || decodeURIComponent(found[0] ?? '') !== name.toWellFormed())
      throw new Error(found.join(' | '))
  })
  await t.resolves(fc.assert(property, { numRuns: 60 }))
})

t.test('nobody but the application reads what a visitor sent (H-29)', async t => {
  const rogue = await startRogueProvider(t)
  const upstream = await startUpstream(t)
  const { gate } = await startGateAt(t, {
    provider: rogue,
    routes: [
      { path: '/', upstream: `http://127.0.0.1:${upstream.port}`, allow: [{ authenticated: true }] },
      { path: '/down', upstream: 'http://127.0.0.1:9', public: true },
    ],
  })
  const secrets = ['Authorization: Basic dmlzaXRvcjpzZWNyZXQ=', 'X-Secret: visitor-secret', 'User-Agent: visitor-agent']
  const send = (target: string, cookies = '') => {
    const head = [`GET ${target} HTTP/1.1`, `Host: localhost:${gate.port}`, ...secrets]
    return sendRaw(
      gate.port,
      [...head, `Cookie: app=visitor-cookie; ${cookies}`, 'Accept: text/html', '', ''].join('\r\n'),
    )
  }
  const cookieOf = ({ headers }: Awaited<ReturnType<typeof send>>) =>
    fieldsOf(headers, 'set-cookie').map(line => line.split(';')[0])
  const login = await send('/_sallyport/login')
  const back = new URL(await redirectOf(fieldOf(login.headers, 'location') ?? ''))
  const done = await send(back.pathname + back.search, cookieOf(login).join('; '))
  t.equal(done.status, 303)
  const session = cookieOf(done)
    .filter(line => !line?.endsWith('='))
    .join('; ')
  t.equal((await send('/x', session)).status, 200)
  t.equal((await send('/down')).status, 502)
  const logout = `POST /_sallyport/logout HTTP/1.1\r\nHost: localhost:${gate.port}\r\nContent-Length: 0\r\n${secrets.join('\r\n')}`
  await sendRaw(gate.port, `${logout}\r\nCookie: app=visitor-cookie; ${session}\r\n\r\n`)
  await until(() => rogue.calls.revoke > 0)
  t.ok(
    rogue.calls.token > 0 && rogue.calls.userinfo > 0 && rogue.calls.jwks > 0,
    'the provider was asked for everything',
  )
  t.notMatch(JSON.stringify(rogue.seen.headers), /visitor|dmlzaXRvcj/)
  t.equal(fieldOf(upstream.requests[0]?.headers ?? [], 'cookie'), 'app=visitor-cookie', 'the application was told')
  t.equal(fieldOf(upstream.requests[0]?.headers ?? [], 'authorization'), 'Basic dmlzaXRvcjpzZWNyZXQ=')
})

/** What a browser would be told there. */
function redirectOf(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    ask(url, response => resolve(response.resume().headers.location ?? ''))
      .on('error', reject)
      .end()
  })
}
