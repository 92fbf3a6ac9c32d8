import t from 'tap'
import { readClaims } from '../../src/oidc/claims.ts'

const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`

t.test('an object of claims is read, whatever they are', async t => {
  t.same(readClaims('{"sub":"ann","groups":[["a"],{}],"n":null}'), { sub: 'ann', groups: [['a'], {}], n: null })
  t.ok(readClaims(deep(32)))
})

t.test('anything else is no claims, and a name of the prototype is a name', async t => {
  for (const text of ['', '[]', '"x"', '1', 'null', 'true', '{', '{"a":1}x', deep(34), '['.repeat(500_000)])
    t.equal(readClaims(text), undefined, text.slice(0, 20))
  const lists = `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`
  t.equal(readClaims(lists), undefined)
  t.ok(Object.hasOwn(readClaims('{"__proto__":{"groups":["sre"]}}') ?? {}, '__proto__'))
})
