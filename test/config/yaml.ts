// The traps of YAML, one fixture each: an error with its place, never another meaning.
import t from 'tap'
import { readText } from './reading.ts'

const good = 'server: { publicUrl: "https://a.example.com" }\n'

const traps: ReadonlyArray<readonly [title: string, text: string, place: string, found: RegExp]> = [
  ['a key written twice', `${good}log: { level: info }\nlog: { level: warn }`, '3:1', /already there/],
  ['a key written twice further inside', `${good}log: { level: info, level: warn }`, '2:21', /already there/],
  ['a merge key', `${good}log:\n  <<: { level: warn }`, '3:3', /"<<" is used as a key/],
  ['"no" for false', `${good}log: { subject: no }`, '2:17', /"no" does not belong/],
  ['"off" for false', `${good}log: { subject: off }`, '2:17', /"off" does not belong/],
  ['"on" for true', `${good}log: { subject: on }`, '2:17', /"on" does not belong/],
  ['"yes" for true', `${good}log: { subject: yes }`, '2:17', /"yes" does not belong/],
  ['a sexagesimal number', `${good}session: { idle: 1:30 }`, '2:18', /"1:30" is not a duration/],
  ['a tab as indentation', `${good}log:\n\tlevel: info`, '3:1', /tab/],
  ['an anchor that is missing', `${good}log: *nowhere`, '2:6', /no anchor/],
  ['an alias to what it is in', `${good}log: &log { level: *log }`, '2:20', /contains itself/],
  ['a key that nobody knows', `${good}logs: {}`, '2:1', /unknown key/],
  ['a binary tag', `${good}log: { level: !!binary aW5mbw== }`, '2:24', /tag/],
  ['a tag of somebody else', `${good}log: !env LOG`, '2:11', /tag/],
  ['a text tag', `${good}log: { level: !!str info }`, '2:21', /tag/],
  ['a second document', `${good}---\n${good}`, '2:1', /second document/],
  ['another version of YAML', `%YAML 1.1\n---\n${good}`, '1:1', /version/],
  ['a list as a key', `${good}? [a]\n: b`, '2:3', /something else than a word/],
  [
    'a key that reaches for the prototype',
    `${good}__proto__: { polluted: true }`,
    '2:1',
    /"__proto__" is used as a key/,
  ],
  ['an octal number', `${good}server2: 08`, '2:10', /"08" is an unusual way/],
  ['a hexadecimal number', `${good}server2: 0x10`, '2:10', /"0x10" is an unusual way/],
  ['an infinite number', `${good}server2: .inf`, '2:10', /".inf" is an unusual way/],
  ['no number at all', `${good}server2: .nan`, '2:10', /".nan" is an unusual way/],
  ['a number of astronomic size', `${good}server2: 1e99`, '2:10', /"1e99" is an unusual way/],
  ['a reference without quotes in a list', `${good}session: { secrets: [\${env:A}] }`, '2:23', /missing/],
  ['a quote that does not end', `${good}log: "info`, '2:11', /missing/],
]

for (const [title, text, place, found] of traps) {
  t.test(`${title} is refused where it stands (K-07)`, async t => {
    const result = await readText(text)
    const problems = result.ok ? [] : result.problems
    const here = problems.find(({ line, column }) => `${line}:${column}` === place)
    t.match(here?.found, found, JSON.stringify(problems, null, 1))
  })
}

t.test('a key that every object inherits is an unknown key like any other', async t => {
  for (const key of ['constructor', 'toString', 'hasOwnProperty']) {
    const result = await readText(`${good}${key}: {}`)
    t.match(result.ok ? [] : result.problems.find(({ path }) => path === key), { found: 'unknown key' }, key)
  }
  const trap = await readText(`${good}__proto__: {}`)
  t.match(trap.ok ? [] : trap.problems.find(({ path }) => path === '__proto__'), { wanted: 'choose another name' })
})

t.test('an empty file and one that is a list say what is missing', async t => {
  for (const text of ['', '# nothing', '- a', 'text', '42', 'null']) {
    const result = await readText(text)
    t.equal(result.ok, false, text)
  }
})

t.test('aliases are followed, and reported where they are used', async t => {
  const result = await readText(`${good}routes:\n  - allow: &who [{ grops: [a] }]\n  - allow: *who`)
  const places = result.ok ? [] : result.problems.filter(({ path }) => path.endsWith('grops'))
  t.match(places, [{ line: 3 }, { line: 4, column: 12 }])
})

t.test('a bomb of aliases does not unfold (K-07)', async t => {
  const letters = [...'abcdefghi']
  const levels = letters.map((letter, level) => {
    const inner = level === 0 ? 'x' : `*${letters[level - 1]}`
    return `${letter}: &${letter} [${Array(10).fill(inner).join(', ')}]`
  })
  const result = await readText(levels.join('\n'))
  t.match(result.ok ? [] : result.problems.map(({ found }) => found).join('\n'), /aliases unfold to too much/)
})

t.test('messages about broken YAML do not quote it', async t => {
  for (const secret of [
    '"hunter2',
    "'hunter2",
    '[hunter2',
    'a: hunter2: b',
    '*hunter2 x',
    '!<hunter2 x',
    '@hunter2',
    '`hunter2',
  ]) {
    const result = await readText(`clientSecret: ${secret}`)
    if (result.ok) continue
    const about = result.problems.filter(({ path }) => path === '')
    t.notMatch(JSON.stringify(about), /hunter2/, secret)
  }
})

t.test('nesting too deep to read is a problem like any other', async t => {
  for (const text of ['['.repeat(20_000), '- '.repeat(20_000), '? '.repeat(20_000), '{a: '.repeat(20_000)]) {
    t.equal((await readText(text)).ok, false)
  }
})
