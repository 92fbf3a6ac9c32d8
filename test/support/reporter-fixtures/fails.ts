// One test that fails inside a group, beside one that passes.
import t from 'tap'

t.test('group', async t => {
  t.test('right', async t => t.equal(1, 1))
  t.test('wrong', async t => t.equal('left', 'right'))
})
console.log('printed on the way')
