// The tag that makes markup: whatever is put into a template stays text.
import fc from 'fast-check'
import t from 'tap'
import { dangerouslyTrustedMarkup, html } from '../../src/pages/html.ts'

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('<', '>', '"', "'", '&', '`', '/', '=', ' ', '\0', '\n', '\ud800', 'a', ';', '#'),
  }),
  fc.constantFrom(
    '<script>alert(1)</script>',
    '" onload="x',
    "' autofocus onfocus='x",
    '--><img src=x>',
    '</title><b>',
  ),
)

t.test('no text becomes markup, in an element or in an attribute', async t => {
  const { counterexample } = fc.check(
    fc.property(hostile, text => {
      const made = String(html`<p title="${text}">${text}</p>`)
      return /^<p title="[^<>"'`]*">[^<>"'`]*<\/p>$/.test(made)
    }),
  )
  t.equal(counterexample, null)
})

t.test('a reader of the markup reads the very text that was put in', async t => {
  const words = fc.string({
    unit: fc.constantFrom('<', '>', '"', "'", '&', '`', 'a', ';', '#', 'é', '😀', '&lt;', '&amp;'),
  })
  t.equal(fc.check(fc.property(words, text => unescaped(String(html`${text}`)) === text)).counterexample, null)
})

function unescaped(markup: string): string {
  const characters: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#96': '`' }
  return markup.replace(/&([a-z]+|#\d+);/g, (_, name: string) => characters[name] ?? '?')
}

t.test('what is sent is valid UTF-8 without hidden controls', async t => {
  t.equal(String(html`${'a\ud800b\0c\u009bd\te\n'}`), 'a\ufffdb\ufffdc\ufffdd\te\n')
})

t.test('markup inside markup is not escaped again, and lists are joined', async t => {
  const items = ['a', '<b>'].map(item => html`<li>${item}</li>`)
  t.equal(String(html`<ul>${items}</ul>${1}`), '<ul><li>a</li><li>&lt;b&gt;</li></ul>1')
})

t.test('nothing comes of undefined and false', async t => {
  t.equal(String(html`(${undefined}${false}${[]})`), '()')
})

t.test('a value from outside cannot pass itself off as markup', async t => {
  const forged = JSON.parse('{"text":"<b>","markup":"<b>"}')
  t.equal(String(html`${Object.assign(forged, { toString: () => '<b>' })}`), '&lt;b&gt;')
  const borrowed = Object.setPrototypeOf({}, Object.getPrototypeOf(dangerouslyTrustedMarkup('x')))
  t.throws(() => html`${borrowed}`, 'the prototype alone holds no text')
})
