// Workers that cannot live: what becomes of their places, seen from outside.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { freePort } from '../support/gate.ts'
import { until } from '../support/redis.ts'
import { startReplica } from '../support/replica.ts'
import { startApplication } from '../support/replicas.ts'

t.test(
  'a place whose worker cannot begin any more stays empty for longer and longer, and the others serve',
  async t => {
    const secret = join(t.testdir({}), 'session')
    writeFileSync(secret, 'c0ffee5a1b2c3d4e5f60718293a4b5c6d7e8f901')
    const [port, upstream] = [await freePort(), await startApplication(t)]
    const nobody = await freePort()
    const gateway = await startReplica(t, {
      port,
      origin: `http://localhost:${port}`,
      config: {
        providers: [{ name: 'corp', issuer: `http://127.0.0.1:${nobody}`, clientId: 'sallyport' }],
        session: {
          store: { type: 'redis', url: `redis://127.0.0.1:${nobody}/0` },
          secrets: [`\${file:${secret}}`],
        },
        routes: [{ name: 'app', path: '/', upstream, public: true }],
      },
      server: { workers: 2 },
      readyWhen: '/livez',
    })
    const said = (word: string) => gateway.lines.filter(({ msg }) => msg === word)
    writeFileSync(secret, 'too short')
    process.kill(Number(said('worker started')[0]?.worker), 'SIGKILL')
    await until(() => said('no worker to be had').length >= 2, 60_000)
    t.match(said('no worker to be had')[0], { error: /configuration/ })
    for (let n = 0; n < 5; n++) t.equal(await gateway.ask(''), 200)
    writeFileSync(secret, 'c0ffee5a1b2c3d4e5f60718293a4b5c6d7e8f901')
    await until(() => said('worker started').length === 3, 60_000)
    t.equal(await gateway.stop(), 0)
  },
)
