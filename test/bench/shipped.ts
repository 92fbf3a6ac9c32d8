// The benchmark measures what the image runs.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { entrypoint } from '../../bench/shipped.ts'

t.test('flags and program are those of the Dockerfile', async t => {
  const dockerfile = readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8')
  const { flags, main } = entrypoint(dockerfile)
  t.equal(main, 'dist/main.js')
  t.ok(flags.every(flag => flag.startsWith('--')))
  t.match(dockerfile, [...flags, `/app/${main}`].map(word => `"${word}"`).join(', '))
})

t.test('an image that runs nothing is no image of ours', async t => {
  t.throws(() => entrypoint('FROM scratch\n'), { message: 'the Dockerfile names no program' })
})
