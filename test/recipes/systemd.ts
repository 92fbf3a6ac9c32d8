// The systemd unit, read by systemd itself where it is installed, and held against the recipe that explains it.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'

const recipes = join(import.meta.dirname, '../../docs/recipes')
const unit = readFileSync(join(recipes, 'sallyport.service'), 'utf8')
const analyzer = '/usr/bin/systemd-analyze'
const skip = !existsSync(analyzer) && 'systemd-analyze is not installed'

/** In tenths, as systemd scores it: 0 is a service that can do nothing, 100 one that can do everything. */
const MOST_EXPOSED = 20

function analyze(t: Test, verb: readonly string[]) {
  // systemd wants the program to be there; any that is will do.
  const text = unit.replaceAll('/usr/local/bin/sallyport', process.execPath)
  const file = join(t.testdir({ 'sallyport.service': text }), 'sallyport.service')
  return spawnSync(analyzer, [...verb, file], { encoding: 'utf8' })
}

t.test('systemd understands every line of the unit', { skip }, async t => {
  const { status, stderr } = analyze(t, ['verify'])
  t.equal(stderr, '')
  t.equal(status, 0)
})

t.test('the service may do little besides talking to the network', { skip }, async t => {
  const { status, stdout } = analyze(t, ['security', '--offline=true', `--threshold=${MOST_EXPOSED}`])
  t.equal(status, 0, stdout)
})

t.test(
  'the unit starts, reloads and stops the gateway by the commands and signals of the operations guide',
  async t => {
    t.match(unit, /^ExecStart=\S+\/sallyport start --config \/etc\/sallyport\/sallyport\.yaml$/m)
    t.match(unit, /^ExecReload=\/bin\/kill -HUP \$MAINPID$/m)
    t.match(readFileSync(join(recipes, '../operations.md'), 'utf8'), /SIGHUP/)
  },
)

t.test('every credential that the recipe uses is loaded by the unit', async t => {
  const used = [
    ...readFileSync(join(recipes, 'systemd.md'), 'utf8').matchAll(
      /\/run\/credentials\/sallyport\.service\/([a-z-]+)\}/g,
    ),
  ]
  const loaded = [...unit.matchAll(/^LoadCredential=([a-z-]+):/gm)].map(match => match[1])
  t.strictSame([...new Set(used.map(match => match[1]))].toSorted(), loaded.toSorted())
})
