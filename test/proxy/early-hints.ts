import t from 'tap'
import { earlyLinks } from '../../src/proxy/early-hints.ts'

t.test('links of all lines are found, one by one', t => {
  const links = ['</a.css>; rel=preload; as=style', '<https://cdn.test/b,c.js>; rel="preload"', '</d>']
  t.strictSame(earlyLinks(['Link', `${links[0]}, ${links[1]}`, 'X-A', '1', 'link', links[2] ?? '']), links)
  t.end()
})

t.test('what is no plain link is left out', t => {
  for (const value of ['', 'a', '<>', '</a> ; rel="x;y"', '</a>; rel', '</a\r\nX: y>', '</a>; rel="é"', '</a>; x="<"y'])
    t.strictSame(earlyLinks(['Link', value]), value === '</a>; rel' ? ['</a>; rel'] : [], JSON.stringify(value))
  t.end()
})
