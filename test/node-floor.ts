import t from 'tap'
import { nodeProblem } from '../src/node-floor.ts'

t.test('each line of Node has its floor, and lines to come are fine', async t => {
  for (const version of [
    '22.23.2',
    '22.23.3',
    '22.24.0',
    '24.18.1',
    '24.19.0',
    '26.5.1',
    '26.10.0',
    '27.0.0',
    '28.1.2',
  ])
    t.equal(nodeProblem(version), undefined, version)
})

t.test(
  'what lies below a floor, and every line that nobody maintains, is refused and told what to use (X-09)',
  async t => {
    for (const version of [
      '18.20.8',
      '20.20.2',
      '21.9.9',
      '22.23.1',
      '22.9.9',
      '23.99.0',
      '24.18.0',
      '25.9.0',
      '26.5.0',
      '26.0.0',
      '',
      'x',
    ])
      t.match(nodeProblem(version), /^Node .* use 22\.23\.2, 24\.18\.1, 26\.5\.1 or newer/, version)
  },
)

t.test('the floor is that of package.json', async t => {
  const { default: manifest } = await import('../package.json', { with: { type: 'json' } })
  for (const floor of ['22.23.2', '24.18.1', '26.5.1']) {
    t.match(manifest.engines.node, floor)
    t.match(nodeProblem('20.0.0'), floor)
  }
})

t.test('this Node will do', async t => {
  t.equal(nodeProblem(process.versions.node), undefined)
})
