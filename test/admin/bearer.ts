// The bearer key: whoever has it may, whoever has nearly it may not.
import t from 'tap'
import { bearerProblem } from '../../src/admin/bearer.ts'
import { Secret } from '../../src/core/secret.ts'

const text = 'q8Zt3vLw0sXc5RnB7yHkPdM2fJgA9eUi+/=='
const key = new Secret(text)

t.test('the key opens, whatever the letters of the scheme', async t => {
  for (const scheme of ['Bearer', 'bearer', 'BEARER']) t.equal(bearerProblem(`${scheme} ${text}`, key), undefined)
})

t.test('a header in any other shape is no key, and no failure (lesson 108)', async t => {
  for (const header of [
    undefined,
    '',
    text,
    'Bearer',
    'Bearer ',
    `Basic ${text}`,
    `Bearer ${text} ${text}`,
    `Bearer "${text}"`,
  ])
    t.equal(bearerProblem(header, key), 'no key', String(header))
})

t.test('another key is a wrong key, however near it comes', async t => {
  for (const near of [text.slice(1), text.slice(0, -1), `${text}=`, text.toLowerCase(), 'x'])
    t.equal(bearerProblem(`Bearer ${near}`, key), 'wrong key', near)
})
