import t from 'tap'
import { Turnstile } from '../../src/http/turnstile.ts'

t.test('as many are inside under one name as may be, and each who leaves makes room for one', async t => {
  const turnstile = new Turnstile()
  t.same([turnstile.enter('a', 2), turnstile.enter('a', 2), turnstile.enter('a', 2)], [true, true, false])
  t.equal(turnstile.enter('b', 2), true, 'another name is another place')
  turnstile.leave('a')
  t.same([turnstile.enter('a', 2), turnstile.enter('a', 2)], [true, false])
})

t.test('a name under which nobody is inside is forgotten', async t => {
  const turnstile = new Turnstile()
  for (let index = 0; index < 1000; index++) {
    turnstile.enter(`name-${index}`, 1)
    turnstile.leave(`name-${index}`)
  }
  t.equal(turnstile.names, 0)
  t.equal(turnstile.enter('x', 0), false)
  t.equal(turnstile.names, 0)
})
