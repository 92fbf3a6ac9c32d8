// A profile of V8, read: time in a function, time below it, and only from the span that was asked for.
import t from 'tap'
import { type CpuProfile, selfTimes, totalTimes } from '../../bench/cpu-profile.ts'
import { namesIn } from '../../bench/profile-names.ts'

const frame = (functionName: string, url = '') => ({ functionName, url, lineNumber: 9 })

/** (root) → serve → write, serve → serve → write; and (idle). */
const profile: CpuProfile = {
  startTime: 1000,
  nodes: [
    { id: 1, callFrame: frame('(root)'), children: [2, 5] },
    { id: 2, callFrame: frame('serve', 'file:///app/dist/http/serve.js'), children: [3, 4] },
    { id: 3, callFrame: frame('write', 'node:net') },
    { id: 4, callFrame: frame('serve', 'file:///app/dist/http/serve.js'), children: [6] },
    { id: 5, callFrame: frame('(idle)') },
    { id: 6, callFrame: frame('write', 'node:net') },
  ],
  samples: [2, 3, 5, 6, 2],
  timeDeltas: [10, 30, 1000, 40, 20],
}
const always = { fromUs: 0, toUs: 1e9 }
const { byFunction, byRoom, ours } = namesIn('/app')

t.test('the time of a function in itself is that of all its places, and idle time is nobody’s', async t => {
  t.strictSame(selfTimes(profile, always, byFunction), [
    { name: 'write  node:net:10', share: 0.7 },
    { name: 'serve  http/serve.js:10', share: 0.3 },
  ])
})

t.test('what a function called counts for it once, also when it called itself', async t => {
  t.strictSame(totalTimes(profile, always, ours), [{ name: 'serve  http/serve.js:10', share: 1 }])
})

t.test('what was before or after the span does not count', async t => {
  const span = { fromUs: 1011, toUs: 2081 }
  t.strictSame(selfTimes(profile, span, byFunction), [{ name: 'write  node:net:10', share: 1 }])
})

t.test('a room is one of ours, a package, a part of Node, or the engine', async t => {
  const rooms = {
    'file:///app/dist/proxy/gated.js': 'src/proxy',
    'file:///elsewhere/node_modules/undici/lib/core/request.js': 'undici',
    'file:///elsewhere/node_modules/@fastify/http-proxy/index.js': '@fastify/http-proxy',
    'node:internal/crypto/sig': 'node:internal/crypto',
    'wasm://wasm/1234': 'undici (WebAssembly)',
  }
  for (const [url, room] of Object.entries(rooms)) t.equal(byRoom(frame('run', url)), room)
  t.equal(byRoom(frame('(garbage collector)')), '(garbage collector)')
  t.equal(byRoom(frame('writev')), 'built-in functions and system calls')
})
