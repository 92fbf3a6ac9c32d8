// What the kernel counts, read from its own words and from this very process.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { cpuUs, pickTree, readResident, readStat, residentBytes } from '../../bench/cpu.ts'

t.test('a stat line is read behind the name, whatever the name is', async t => {
  const line = '42 (a ) 1 (b) S 7 42 42 0 -1 4194304 100 0 0 0 12 3 40 5 20 0 1 0 1118868 3133440 391'
  t.strictSame(readStat(line), { pid: 42, parent: 7, cpuUs: 600_000 })
})

t.test('resident memory is told in bytes, and a process without any has none', async t => {
  t.equal(readResident('Name:\tnode\nVmHWM:\t  99 kB\nVmRSS:\t    12 kB\nThreads:\t1\n'), 12_288)
  t.equal(readResident('Name:\tkthreadd\n'), 0)
})

t.test('a tree is a process with its children and theirs, and nobody else', async t => {
  const process = (pid: number, parent: number) => ({ pid, parent, cpuUs: 0 })
  const all = [process(1, 0), process(5, 1), process(6, 5), process(7, 6), process(8, 1), process(9, 5)]
  t.strictSame(
    pickTree(all, 5)
      .map(({ pid }) => pid)
      .sort(),
    [5, 6, 7, 9],
  )
  t.strictSame(pickTree(all, 77), [])
})

t.test('the work of a child counts for its parent, while it lives and when it has ended', async t => {
  const before = cpuUs(process.pid)
  const child = spawn(process.execPath, ['-e', 'for (const end = Date.now() + 300; Date.now() < end; );'])
  const exit = once(child, 'exit')
  t.ok(residentBytes(process.pid) > 10e6)
  await exit
  t.ok(cpuUs(process.pid) - before >= 50_000, `${cpuUs(process.pid) - before} µs`)
})

t.test('a process that is gone took nothing', async t => {
  t.equal(cpuUs(2 ** 30), 0)
  t.equal(residentBytes(2 ** 30), 0)
})
