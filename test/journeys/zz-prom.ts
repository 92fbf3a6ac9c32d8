import t from 'tap'
import { freePort } from '/work/main/test/support/gate.ts'
import { startProgram } from '/work/main/test/support/process.ts'
t.test('x', async t => {
  const p = await startProgram(t, 'prometheus', { files: {'prometheus.yml': 'global: {}\n'}, arguments: ({port, folder}) => ['--config.file=prometheus.yml', `--storage.tsdb.path=${folder}/data`, `--web.listen-address=127.0.0.1:${port}`, '--web.external-url=http://localhost:1234/prometheus/']})
  for (const path of ['/', '/prometheus', '/prometheus/', '/prometheus/graph', '/prometheus/classic/graph', '/prometheus/api/v1/query?query=1%2B1', '/prometheus/new/graph'] ) {
    const r = await fetch(p.origin + path, {redirect: 'manual'})
    console.log(path, r.status, r.headers.get('location'), (await r.text()).slice(0, 1500))
  }
})
