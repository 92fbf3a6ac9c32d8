import t from 'tap'
import { cameFrom, whoAsks } from '../../src/http/asks.ts'
import { head, received } from '../support/visits.ts'

const page = 'Accept: text/html,application/xhtml+xml,*/*;q=0.8'

t.test('Fetch metadata says whether a person is going somewhere, and wins over Accept', async t => {
  for (const [lines, asks] of [
    [['Sec-Fetch-Mode: navigate'], 'navigation'],
    [['Sec-Fetch-Mode: navigate', 'Accept: application/json'], 'navigation'],
    [['Sec-Fetch-Mode: cors', page], 'data'],
    [['Sec-Fetch-Mode: no-cors', page], 'data'],
    [['Sec-Fetch-Mode: same-origin', page], 'data'],
    [['Sec-Fetch-Mode: websocket', page], 'data'],
    [['Sec-Fetch-Mode: Navigate', page], 'data'],
    [['Sec-Fetch-Mode: navigate', 'Sec-Purpose: prefetch'], 'data'],
    [['Sec-Fetch-Mode: navigate', 'Sec-Purpose: prefetch;prerender'], 'data'],
  ] as const)
    t.equal(whoAsks(await received(t, head('GET /', ...lines))), asks, lines.join(', '))
})

t.test('without it, whoever wants a page is a person, unless something is sent along', async t => {
  for (const [method, lines, asks] of [
    ['GET', [page], 'navigation'],
    ['HEAD', [page], 'navigation'],
    ['POST', [page], 'data'],
    ['GET', [], 'data'],
    ['GET', ['Accept: */*'], 'data'],
    ['GET', ['Accept: application/json'], 'data'],
    ['GET', [page, 'Sec-Purpose: prefetch'], 'data'],
  ] as const)
    t.equal(whoAsks(await received(t, head(`${method} /`, ...lines))), asks, `${method} ${lines}`)
})

t.test('where a request comes from: the browser says it, or its Origin, or nobody', async t => {
  const own = 'https://app.test'
  for (const [lines, from] of [
    [['Sec-Fetch-Site: same-origin'], 'same-origin'],
    [['Sec-Fetch-Site: same-origin', 'Origin: https://evil.test'], 'same-origin'],
    [['Sec-Fetch-Site: same-site'], 'elsewhere'],
    [['Sec-Fetch-Site: cross-site', `Origin: ${own}`], 'elsewhere'],
    [['Sec-Fetch-Site: none'], 'elsewhere'],
    [[`Origin: ${own}`], 'same-origin'],
    [['Origin: https://app.test:8443'], 'elsewhere'],
    [['Origin: http://app.test'], 'elsewhere'],
    [['Origin: null'], 'elsewhere'],
    [['Origin: '], 'elsewhere'],
    [[], 'nobody-says'],
    [['Referer: https://evil.test/'], 'nobody-says'],
  ] as const)
    t.equal(cameFrom(await received(t, head('POST /', ...lines)), own), from, lines.join(', '))
})
