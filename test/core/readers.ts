// Each known reader by itself.
import t from 'tap'
import { decodeEscapes, decodeSlashes, foldCase, foldForms, foldWords, readers } from '../../src/core/readers.ts'

const anyReads = (path: string) => readers.map(read => read(path))

t.test('each reader changes what it is known for', async t => {
  const known = [
    ['//a///b', '/a/b'],
    ['/a\\b', '/a/b'],
    ['//evil.test/admin', '/admin'],
    ['/a;x=1/b;y', '/a/b'],
    ['/a#b', '/a'],
    ['/a?b', '/a'],
    ['/a\0b', '/a'],
    ['/a::$DATA', '/a'],
    ['/a:$I30:$INDEX_ALLOCATION/b', '/a/b'],
    ['/a:s:$DATA', '/a'],
    ['/ a\u00a0/\ufeffb\t', '/a/b'],
    ['/a. ./b...', '/a/b'],
    ['/a/./b/../c', '/a/c'],
    ['/../a', '/a'],
    ['/\uff41\uff0f\uff0e', '/a/.'],
    ['/a\u200bb\u00ad\u0009c', '/abc'],
    ['/\u00e0\u0301', '/a'],
    ['/a\u2215b\u29f8c', '/a/b/c'],
    ['/a\u00a5b\u20a9c', '/a\\b\\c'],
    ['/\u012e\u012fx', '/./x'],
  ] as const
  for (const [path, read] of known)
    t.ok(anyReads(path).includes(read), `${JSON.stringify(path)} as ${JSON.stringify(read)}`)
})

t.test('no reader touches a plain path', async t => {
  for (const path of ['/', '/a/b.css', '/A/@b:c,d', '/.well-known/x', '/a/'])
    for (const read of readers) t.equal(read(path), path)
})

t.test('escapes are decoded once, and those of slashes apart', async t => {
  t.equal(decodeEscapes('/a%2Fb%5Cc%C3%A9%25'), '/a%2Fb%5Cc\u00e9%')
  t.equal(decodeSlashes('/a%2Fb%5cc%23'), '/a/b\\c%23')
})

t.test('letters that differ by case or form fold to one', async t => {
  for (const [one, other] of [
    ['/ADMIN', '/admin'],
    ['/\u212a', '/k'],
    ['/\u017f', '/S'],
    ['/\u0130\u0131', '/ii'],
    ['/\u00df', '/SS'],
  ] as const)
    t.equal(foldCase(one), foldCase(other))
  t.equal(foldForms('/\uff21\ufb01'), '/Afi')
})

t.test('spellings of one number or of a space fold to one, and what only looks alike stays', async t => {
  for (const path of ['/a/01/b', '/a/+1/b', '/a/1.0/b', '/a/1.', '/a/+001.00/b'])
    t.equal(foldWords(path), path.replace(/[+.\d]+/, '1'), path)
  for (const path of ['/0', '/10', '/1.1', '/01a', '/v1.0', '/1.0.0', '/+', '/a01']) t.equal(foldWords(path), path)
  t.equal(foldWords('/00'), '/0')
  t.equal(foldWords('/a+b+c/d+'), '/a b c/d+')
  t.equal(foldWords('/c++/x'), '/c++/x')
})
