// "Did you mean" helps with slips of the finger and keeps quiet about other words.
import t from 'tap'
import { nearest } from '../../src/config/nearest.ts'

const known = ['routes', 'upstream', 'allow', 'deny', 'path', 'publicUrl', 'idle']

t.test('a slip of the finger finds the word that was meant', async t => {
  for (const [slip, word] of [
    ['route', 'routes'],
    ['upstrem', 'upstream'],
    ['upsrteam', 'upstream'],
    ['publicURL', 'publicUrl'],
    ['public_url', 'publicUrl'],
    ['alow', 'allow'],
    ['apth', 'path'],
  ] as const) {
    t.equal(nearest(slip, known), word, slip)
  }
})

t.test('another word is not taken for a slip', async t => {
  for (const word of ['timeout', 'x', '', 'allowed-origins', 'y'.repeat(10_000)])
    t.equal(nearest(word, known), undefined, word)
  t.equal(nearest('anything', []), undefined)
})
