// Values as JSON has them, with a few places changed: removed, replaced by something of another kind, or said under another name.
import fc from 'fast-check'

export type JsonChange = {
  /** A walk down: at each step the child at this share of the children. */
  readonly walk: readonly number[]
  readonly what: 'replace' | 'remove' | 'rename' | 'add' | 'nest'
  readonly name: string
  readonly value: unknown
}

type Tree = Record<string, unknown> | unknown[]

const oddName = fc.constantFrom(
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', ' ', 'a.b', '0', '-1', 'name', 'sub', 'iss', 'aud'],
  ...[
    'nonce',
    'exp',
    'iat',
    'nbf',
    'azp',
    'at_hash',
    'alg',
    'kid',
    'crit',
    'jwk',
    'typ',
    'keys',
    'id_token',
    'events',
    'sid',
  ],
)

const oddValue = fc.oneof(
  fc.constantFrom(
    ...[null, true, false, 0, -1, 1e300, 0.5, 2 ** 53, '', ' ', '0', 'null', '\0', '\ud800', '\u202e', '%00'],
    ...[
      [],
      {},
      [[]],
      [null],
      { '': null },
      ['a', 1],
      'a'.repeat(10_000),
      '../../x',
      'http://evil.test/',
      '{identity.user}',
    ],
  ),
  fc.jsonValue({ maxDepth: 2 }),
)

export const jsonChange: fc.Arbitrary<JsonChange> = fc.record({
  walk: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 6 }),
  what: fc.constantFrom('replace', 'replace', 'remove', 'rename', 'add', 'nest'),
  name: oddName,
  value: oddValue,
})

export const withChanges = (value: unknown, changes: readonly JsonChange[]): unknown =>
  changes.reduce((now, change) => changed(now, change, change.walk), value)

function changed(value: unknown, change: JsonChange, [share = 0, ...further]: readonly number[]): unknown {
  if (!isTree(value)) return change.what === 'nest' ? [value] : change.value
  const keys = Object.keys(value)
  const key = keys[Math.floor(share * keys.length)]
  if (key === undefined || change.what === 'add') return added(value, change)
  const child: unknown = Reflect.get(value, key)
  if (further.length > 0 && isTree(child)) return replaced(value, key, changed(child, change, further))
  if (change.what === 'remove') return without(value, key)
  if (change.what === 'rename') return added(without(value, key), { ...change, value: child })
  return replaced(value, key, change.what === 'nest' ? [child] : change.value)
}

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null

/** By entries: under the name `__proto__` an assignment would set no field. */
function added(tree: Tree, { name, value }: Pick<JsonChange, 'name' | 'value'>): Tree {
  return Array.isArray(tree) ? [...tree, value] : Object.fromEntries([...Object.entries(tree), [name, value]])
}

const replaced = (tree: Tree, at: string, value: unknown): Tree =>
  Array.isArray(tree)
    ? tree.with(Number(at), value)
    : Object.fromEntries(Object.entries(tree).map(([key, old]) => [key, key === at ? value : old]))

const without = (tree: Tree, at: string): Tree =>
  Array.isArray(tree)
    ? tree.toSpliced(Number(at), 1)
    : Object.fromEntries(Object.entries(tree).filter(([key]) => key !== at))
