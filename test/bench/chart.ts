// The chart, as the picture that it is.
import t from 'tap'
import { chart } from '../../bench/chart.ts'

const bar = { name: 'nginx', value: 2, min: 1, max: 4, ours: false, label: '2.0 ×' }

t.test('a bar begins at zero and is as long as its value, with a line from the smallest to the largest', async t => {
  const svg = chart({ title: 'Costs', subtitle: 'of one thing', bars: [bar] })
  t.match(svg, /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="0 0 860 \d+" role="img"/)
  const [, from = '', width = ''] = /class="theirs" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/.exec(svg) ?? []
  const [, min = '', max = ''] = /class="range" x1="([\d.]+)" x2="([\d.]+)"/.exec(svg) ?? []
  t.equal(Number(width), (Number(max) - Number(from)) / 2)
  t.equal(Math.round(Number(min) - Number(from)), Math.round((Number(max) - Number(from)) / 4))
})

t.test('every bar has its row, and ours have the colour of the house', async t => {
  const svg = chart({ title: '', subtitle: '', bars: [bar, { ...bar, name: 'Sallyport', ours: true }] })
  t.equal(svg.match(/class="theirs"/g)?.length, 1)
  t.equal(svg.match(/class="ours"/g)?.length, 1)
  const rows = Array.from(svg.matchAll(/<rect class="(?:ours|theirs)" x="[\d.]+" y="(\d+)"/g), ([, y]) => Number(y))
  t.ok((rows[1] ?? 0) > (rows[0] ?? 0))
})

t.test('names are text and never markup', async t => {
  const svg = chart({ title: 'a < b', subtitle: '"&"', bars: [{ ...bar, name: '<script>' }] })
  t.notMatch(svg, '<script>')
  t.match(svg, '&lt;script>')
  t.match(svg, 'a &lt; b')
})
