// The closure of readings: complete for what backends do, small for what people send, bounded for what attackers send.
import t from 'tap'
import { readingsOf } from '../../src/core/readings.ts'

const pathsOf = (canonical: string): readonly string[] => {
  const readings = readingsOf(canonical)
  return readings.ok ? readings.paths : []
}

t.test('a plain path has one reading', async t => {
  for (const path of ['/', '/a/b.css', '/a/B', '/.well-known/x', '/@x/y:z', '/a/', '/~ann', `/${'a/'.repeat(4000)}`])
    t.same(pathsOf(path), [path])
})

t.test('steps are taken in every order', async t => {
  t.ok(pathsOf('/a;x%2Fadmin').includes('/a'), 'parameters dropped before slashes are decoded')
  t.ok(pathsOf('/a;x%2Fadmin').includes('/a/admin'), 'and after')
  t.ok(pathsOf('/%3Bx%2F%2Fadmin').includes('/admin'))
  t.ok(pathsOf('/%5C%5Cevil.test/admin').includes('/admin'))
  t.ok(pathsOf('/admin%EF%BC%9Bx').includes('/admin'))
  t.ok(pathsOf('/admin%20.%20').includes('/admin'))
})

t.test('a ".." or an escape that only some readers see is refused by itself', async t => {
  const found = (canonical: string) => {
    const readings = readingsOf(canonical)
    return readings.ok ? 'nothing' : readings.found
  }
  for (const path of ['/a/%EF%BC%8E%EF%BC%8E/b', '/a/..%E2%80%8B/b', '/a/..%20', '/a/%E2%80%A5', '/..%C2%A5b'])
    t.match(found(path), /"\.\."/, path)
  for (const path of ['/%EF%BC%8541', '/%25%EF%BC%94%EF%BC%91', '/%EF%BC%85u0041', '/%25%E2%80%8B41'])
    t.match(found(path), /escape/, path)
  for (const path of ['/100%25', '/100%25/x', '/%E2%80%A6', '/a..b', '/..a', '/%E6%B0%AE'])
    t.equal(found(path), 'nothing', path)
})

t.test('what people send has a handful of readings, at any length', async t => {
  const ordinary = [
    '/a%20b',
    '/caf%C3%A9',
    '/%E6%8A%80%E8%A1%93/%E6%96%87',
    '/wiki/C%23',
    '/a;v=1/b',
    '/a//b',
    '/g%2Fp',
    '/100%25',
  ]
  for (const path of ordinary) t.ok(pathsOf(path).length <= 8 && pathsOf(path).length > 0, path)
  for (const piece of ordinary) t.ok(pathsOf(piece.repeat(200)).length > 0, `${piece} two hundred times`)
})

t.test('what attackers send ends in an answer of bounded size', async t => {
  const hostile = [
    'a.;x//%23%2F',
    '%EF%B7%BA',
    '%E2%88%95%C2%A5%EF%BC%A1%C3%A9;//.%20',
    '%25;',
    '. ',
    'a%20',
    ';',
    '.a.',
    '%C5%BF::$',
  ]
  for (const piece of hostile) {
    const readings = readingsOf(`/${piece.repeat(Math.floor(8192 / piece.length))}`)
    const read = readings.ok ? readings.paths : []
    t.ok(read.length <= 200, piece)
    t.ok(read.reduce((sum, path) => sum + path.length, 0) <= 128 * 1024, piece)
  }
  const many = readingsOf(
    '/%EF%BD%81%C3%A9;/%2F//.%20./%23%3F%5C%E2%88%95%C2%A5%E2%80%8B%C4%B1::$x/%20%C4%AF;y'.repeat(3),
  )
  t.notOk(many.ok)
})
