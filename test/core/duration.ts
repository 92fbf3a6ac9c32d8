// Durations and sizes as people write them.
import t from 'tap'
import { parseDuration, parseSize } from '../../src/core/duration.ts'

t.test('units are understood', async t => {
  for (const [text, ms] of Object.entries({
    '250ms': 250,
    '30s': 30_000,
    '15m': 900_000,
    '12h': 43_200_000,
    '7d': 604_800_000,
    '0s': 0,
  }))
    t.equal(parseDuration(text), ms, text)
  for (const [text, bytes] of Object.entries({
    '512B': 512,
    '16KiB': 16_384,
    '10MiB': 10_485_760,
    '1GiB': 1_073_741_824,
  }))
    t.equal(parseSize(text), bytes, text)
})

t.test('anything else is not a duration or a size', async t => {
  for (const text of [
    '',
    '5',
    's',
    '-1s',
    '1.5s',
    '01s',
    '1 s',
    ' 1s',
    '1S',
    '1y',
    '1constructor',
    '1__proto__',
    '1e3s',
    '9999999999s',
    '1s\n',
    '16KB',
    '16kib',
  ])
    t.same([parseDuration(text), parseSize(text)], [undefined, undefined], JSON.stringify(text))
})
