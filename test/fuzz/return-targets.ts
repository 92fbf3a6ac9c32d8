// Hunt: return targets. Whatever is asked for, in whatever coding, a login ends on our own origin.
import fc from 'fast-check'
import { loginPath, parseReturnTo } from '../../src/core/return-to.ts'
import payloads from '../attacks/fixtures/return-targets.json' with { type: 'json' }
import { anyText } from '../support/any-text.ts'
import { type Hunt, hunt } from './hunt.ts'

const piece = fc.oneof(
  fc.constantFrom(
    ...[
      '/',
      '//',
      '\\',
      '.',
      '..',
      '/..',
      ';',
      '@',
      ':',
      '?',
      '#',
      '%',
      '%2f',
      '%5C',
      '%2e',
      '%09',
      '%0d%0a',
      '%00',
      '%25',
    ],
    ...[
      '\t',
      '\n',
      '\r',
      '\0',
      ' ',
      '\xa0',
      '\u3000',
      '\u200b',
      '\uff0f',
      '\uff3c',
      '\u2044',
      '\u3002',
      '\ud800',
      'é',
      '[',
      ']',
    ],
    ...[
      'evil.test',
      'http:',
      'HTTPS:',
      'javascript:',
      'data:',
      'app.test',
      'localhost',
      '127.0.0.1',
      '_sallyport',
      '/logout',
      'a',
    ],
  ),
  anyText({ maxLength: 3 }),
)

const grown = fc.array(piece, { maxLength: 8 }).map(pieces => pieces.join(''))
const target = fc.oneof(
  grown.map(text => `/${text}`),
  grown,
  fc.tuple(fc.constantFrom(...payloads.listed, ...payloads.wrappers), grown).map(([known, more]) => known + more),
)

const bases = ['https://app.test/', 'http://app.test/_sallyport/login?x', 'https://app.test/a/b/']

const leavesFrom = (base: string, text: string): boolean => URL.parse(text, base)?.origin !== new URL(base).origin

export const returnTargets: Hunt = hunt('return-targets', target, () => text => {
  const found = parseReturnTo(text, '/_sallyport')
  if (found !== '/' && found !== text) return { broke: `${JSON.stringify(text)} became ${JSON.stringify(found)}` }
  if (!/^\/(?![/\\])[\x21-\x7e]*$/.test(found)) return { broke: `${JSON.stringify(found)} is no plain path` }
  if (bases.some(base => leavesFrom(base, found))) return { broke: `${JSON.stringify(found)} leads away` }
  if (/^\/_sallyport(?:[/?#]|$)/i.test(found)) return { broke: `${JSON.stringify(found)} is one of our own doors` }
  const carried = new URL(loginPath(found, '/_sallyport'), 'http://app.test').searchParams.get('return_to')
  if (carried !== found) return { broke: `${JSON.stringify(found)} was carried as ${JSON.stringify(carried)}` }
  return { saw: found === '/' ? 'the front page' : 'kept' }
})
