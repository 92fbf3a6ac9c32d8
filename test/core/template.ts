// Header templates: what is written is printable, cannot be mistaken for something else, and can be read back.
import fc from 'fast-check'
import t from 'tap'
import { parseTemplate, renderTemplate } from '../../src/core/template.ts'
import { identity } from './fixtures/routes.ts'

const render = (text: string, sketch: Parameters<typeof identity>[0] = {}): string | undefined => {
  const template = parseTemplate(text)
  return template && renderTemplate(template, identity(sketch))
}

t.test('placeholders are filled in', async t => {
  t.equal(render('{identity.user}'), 'ann')
  t.equal(render('<{identity.user}> of {identity.provider}'), '<ann> of corp')
  t.equal(render('{claims.org.id}', { claims: { org: { id: 7 } } }), '7')
  t.equal(render('{identity.groups}', { groups: ['a', 'b'] }), 'a,b')
  t.equal(render('fixed'), 'fixed')
})

t.test('a missing claim is a missing header', async t => {
  for (const missing of [undefined, null, '', [], {}, [[]], [1, null], ['']])
    t.equal(render('team {claims.x}', { claims: { x: missing } }), undefined, JSON.stringify(missing))
  t.equal(renderTemplate(parseTemplate('{identity.user}') ?? [], undefined), undefined)
  t.equal(render('{identity.email}', { email: undefined }), undefined)
  t.equal(render('{identity.user}/{claims.x}'), 'ann/', 'one of two is there')
})

t.test('unknown placeholders and unmatched braces are refused', async t => {
  for (const text of [
    '{',
    '}',
    '{}',
    '{identity}',
    '{identity.}',
    '{identity.nope}',
    '{identity.constructor}',
    '{x.y}',
    'a{b',
    '{{identity.user}}',
    'caf\u00e9',
    'a\r\nb',
    '{claims.a b}',
  ])
    t.equal(parseTemplate(text), undefined, JSON.stringify(text))
})

t.test('no claim can end a header line, forge an element or be trimmed into another (lessons 98, 99)', async t => {
  const shapes = {
    'root\r\nX-Auth-Request-Groups: admin': 'root%0D%0AX-Auth-Request-Groups: admin',
    'a\u0000': 'a%00',
    'a\u2028b': 'a%E2%80%A8b',
    '\u0141\u00f3d\u017a': '%C5%81%C3%B3d%C5%BA',
    '\uff52oot': '%EF%BD%92oot',
    'admin ': 'admin%20',
    ' admin': '%20admin',
    'a%2Cb': 'a%252Cb',
    'admin\u200b': 'admin%E2%80%8B',
    '\ud800': '%EF%BF%BD',
  }
  for (const [claim, written] of Object.entries(shapes)) t.equal(render('{identity.user}', { user: claim }), written)
  t.equal(
    render('{identity.groups}', { groups: ['x,admin', 'CN=Admins,OU=x', 'a;b'] }),
    'x%2Cadmin,CN=Admins%2COU=x,a;b',
  )
})

t.test('every value is printable ASCII without space at its ends, and decodes to what it was', async t => {
  const one = fc.property(fc.string({ unit: 'binary', minLength: 1 }), user => {
    const written = render('{identity.user}', { user }) ?? ''
    return (
      /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(written) && decodeURIComponent(written) === user.toWellFormed()
    )
  })
  const list = fc.property(fc.array(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 1 }), groups => {
    const written = render('{identity.groups}', { groups }) ?? ''
    const read = written.split(',').map(decodeURIComponent)
    return read.length === groups.length && read.every((group, at) => group === groups[at]?.toWellFormed())
  })
  t.doesNotThrow(() => fc.assert(one))
  t.doesNotThrow(() => fc.assert(list))
})
