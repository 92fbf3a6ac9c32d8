// What a crew does with workers that refuse, come late or never begin: nobody stays who goes by other orders than the rest.
import cluster from 'node:cluster'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { hireCrew } from '../../src/workers/crew.ts'
import type { Patience } from '../../src/workers/hand.ts'
import { memoryLog } from '../session/examples.ts'
import { BEGINS_WITH, type Conduct } from '../support/odd-worker.ts'
import { until } from '../support/redis.ts'

cluster.setupPrimary({ exec: new URL('../support/odd-worker.ts', import.meta.url).pathname, args: [] })

const patient: Patience = { beginMs: 60_000, reloadMs: 60_000 }
const hurried: Patience = { beginMs: 60_000, reloadMs: 2000 }

const ordersOf = (conduct: Conduct) => ({ text: JSON.stringify(conduct), folder: '', spareKey: '' })

/** In the order in which they were hired; those of earlier tests have ended. */
const forked = (): readonly number[] => Object.values(cluster.workers ?? {}).map(worker => worker?.process.pid ?? 0)

function kill(pid: number): void {
  process.kill(pid, 'SIGKILL')
}

/** Whoever is hired from now on begins when there is such a file. */
function holdBeginners(t: Test, file: string): void {
  process.env[BEGINS_WITH] = file
  t.teardown(() => delete process.env[BEGINS_WITH])
}

async function openCrew(t: Test, { count = 2, patience = patient } = {}) {
  const log = memoryLog()
  const crew = await hireCrew({ count, orders: ordersOf({ name: 'old' }), log, onLost() {}, patience })
  t.teardown(() => crew.stop(0))
  const said = (word: string) => log.lines.filter(({ text }) => text === word)
  const [first = 0, second = 0] = forked()
  const names = async () => (await crew.reports()).map(report => report?.readiness.reasons.join())
  return {
    ...{ crew, said, first, second },
    file: join(t.testdir({}), 'now'),
    reload: (conduct: Conduct) => crew.reload(ordersOf(conduct)),
    /** What everybody goes by, when all places are taken again. */
    inForce: async () => {
      await until(async () => (await names()).length === count, 60_000)
      return new Set(await names())
    },
  }
}

t.test('a worker that is hired while another tries new orders goes by these as well', async t => {
  const { reload, said, first, second, file, inForce } = await openCrew(t)
  const reloading = reload({ name: 'new', heldBy: [first], file })
  kill(second)
  await until(() => said('worker started').length === 3, 60_000)
  writeFileSync(file, '')
  t.equal(await reloading, true)
  t.same(await inForce(), new Set(['new']))
})

t.test('and so does one that has been hired, but has not begun', async t => {
  const { reload, said, first, second, file, inForce } = await openCrew(t)
  holdBeginners(t, file)
  kill(second)
  await until(() => said('worker lost').length === 1 && forked().length === 2, 60_000)
  const reloading = reload({ name: 'new', heldBy: [first], file })
  writeFileSync(file, '')
  t.equal(await reloading, true)
  t.same(await inForce(), new Set(['new']))
})

t.test('one that refuses what another has agreed to is replaced', async t => {
  const { reload, said, second, inForce } = await openCrew(t)
  t.equal(await reload({ name: 'new', refusedBy: [second] }), true)
  await until(() => said('worker started').length === 3, 60_000)
  t.match(said('worker lost'), [{ worker: second, ended: 'SIGKILL' }])
  t.same(await inForce(), new Set(['new']))
})

t.test('one that never answers is replaced', async t => {
  const { reload, said, second, inForce } = await openCrew(t, { patience: hurried })
  t.equal(await reload({ name: 'new', lostOn: [second] }), true)
  await until(() => said('worker started').length === 3, 60_000)
  t.same(await inForce(), new Set(['new']))
})

t.test('a refusal by the one that tries first changes nothing', async t => {
  const { reload, said, first, inForce } = await openCrew(t)
  t.equal(await reload({ name: 'new', refusedBy: [first] }), false)
  t.same(await inForce(), new Set(['old']))
  t.same(said('worker lost'), [])
})

t.test('when the one that tries first never answers all others stay as they are, and it is replaced', async t => {
  const { reload, said, first, inForce } = await openCrew(t, { patience: hurried })
  t.equal(await reload({ name: 'new', lostOn: [first] }), false)
  await until(() => said('worker started').length === 3, 60_000)
  t.same(await inForce(), new Set(['old']))
})

t.test('the answer to one reload is not taken for that to another', async t => {
  const { reload, first, file } = await openCrew(t, { count: 1 })
  const slow = reload({ name: 'new', heldBy: [first], file })
  t.equal(await reload({ name: 'bad', refusedBy: [first] }), false)
  writeFileSync(file, '')
  t.equal(await slow, true)
})

t.test('a stop does not wait for a worker that does not begin, and leaves nobody behind', async t => {
  const { crew, said, second, file } = await openCrew(t)
  holdBeginners(t, file)
  kill(second)
  await until(() => said('worker lost').length === 1 && forked().length === 2, 60_000)
  t.equal(
    await Promise.race([crew.stop(30_000).then(() => 'stopped'), pause(50_000, 'waits', { ref: false })]),
    'stopped',
  )
  t.same(forked(), [])
  t.same(said('no worker to be had'), [])
})

t.test('a crew that does not begin in time is none, and leaves nobody behind', async t => {
  holdBeginners(t, join(t.testdir({}), 'never'))
  await t.rejects(openCrew(t, { patience: { ...patient, beginMs: 500 } }), {
    message: /did not begin, and ended with SIGKILL/,
  })
  t.same(forked(), [])
})
