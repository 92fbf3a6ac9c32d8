// The chart, rendered by a real helm: what it makes is valid, locked down and consistent; what cannot work is refused.
import { cpSync, globSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import packageJson from '../../package.json' with { type: 'json' }
import { chart, lintChart, manifestsOf, renderChart } from '../support/helm.ts'
import { fieldProblems } from '../support/manifest-fields.ts'
import { danglingReferences, isDeployment, isService, podOf, securityProblems } from '../support/manifests.ts'
import { missing } from '../support/services.ts'

const minimal = ['ci/minimal-values.yaml']
const full = ['ci/full-values.yaml']
const examples = globSync('ci/*-values.yaml', { cwd: chart })

t.test('the chart', { skip: missing('helm') }, async t => {
  t.test('lints strictly, with its defaults and with every example', async t => {
    for (const files of [[], ...examples.map(file => [file])]) {
      const { passed, output } = lintChart(files)
      t.ok(passed, output)
    }
  })

  for (const file of examples) {
    t.test(`makes valid and restricted manifests of ${file}`, async t => {
      const manifests = manifestsOf([file])
      // PodMonitor belongs to an operator, so Kubernetes has no model of it; it is compared field by field below.
      t.strictSame(manifests.filter(({ kind }) => kind !== 'PodMonitor').flatMap(fieldProblems), [])
      t.strictSame(securityProblems(podOf(manifests)), [])
      t.strictSame(danglingReferences(manifests), [])
    })
  }

  t.test('makes nothing that was not asked for', async t => {
    const kinds = manifestsOf(minimal).map(({ kind }) => kind)
    t.strictSame(kinds.toSorted(), ['ConfigMap', 'Deployment', 'Service', 'ServiceAccount'])
  })

  t.test('makes everything that was asked for', async t => {
    const kinds = manifestsOf(full).map(({ kind }) => kind)
    t.strictSame(kinds.toSorted(), [
      ...['ConfigMap', 'Deployment', 'Ingress', 'NetworkPolicy', 'PodDisruptionBudget'],
      ...['PodMonitor', 'Service', 'ServiceAccount'],
    ])
    t.strictSame(manifestsOf(full).find(({ kind }) => kind === 'PodMonitor')?.spec, {
      selector: { matchLabels: { 'app.kubernetes.io/name': 'sallyport', 'app.kubernetes.io/instance': 'gate' } },
      podMetricsEndpoints: [{ port: 'admin', path: '/metrics', interval: '15s' }],
    })
  })

  t.test('mounts the certificate authority of Redis where the configuration looks for it', async t => {
    const pod = podOf(manifestsOf(['ci/redis-values.yaml']))
    const volume = pod.volumes?.find(({ secret }) => secret?.secretName === 'redis-ca')?.name
    const mounts = pod.containers[0]?.volumeMounts?.filter(({ name }) => name === volume)
    t.strictSame(mounts, [{ name: volume, mountPath: '/run/secrets/sallyport/redis-ca', readOnly: true }])
    t.equal(manifestsOf(['ci/redis-values.yaml']).find(isDeployment)?.spec?.replicas, 3)
  })

  t.test('leads its Service to the gateway only, never to the admin listener', async t => {
    const services = manifestsOf(full).filter(isService)
    t.strictSame(
      services.map(({ spec }) => spec?.ports),
      [[{ name: 'http', port: 80, targetPort: 'gateway' }]],
    )
  })

  t.test('asks liveness and readiness at the admin listener', async t => {
    for (const files of [minimal, full]) {
      const container = podOf(manifestsOf(files)).containers[0]
      t.match(container?.livenessProbe?.httpGet, { path: '/livez', port: 'admin' })
      t.match(container?.readinessProbe?.httpGet, { path: '/readyz', port: 'admin' })
      t.match(container?.startupProbe?.httpGet, { path: '/livez', port: 'admin' })
    }
  })

  t.test('takes its ports from the configuration', async t => {
    const config = { server: { listen: '[::]:8443' }, admin: { listen: '0.0.0.0:9999' } }
    const ports = podOf(manifestsOf(minimal, { config })).containers[0]?.ports
    t.match(ports, [
      { name: 'gateway', containerPort: 8443 },
      { name: 'admin', containerPort: 9999 },
    ])
  })

  t.test('gives a stopping pod more time than its requests in flight may take', async t => {
    const graces = { '1500ms': 5 + 2 + 10, '30s': 5 + 30 + 10, '2m': 5 + 120 + 10, '1h': 5 + 3600 + 10 }
    for (const [drain, grace] of Object.entries(graces)) {
      const pod = podOf(manifestsOf(minimal, { config: { server: { drain } } }))
      t.equal(pod.terminationGracePeriodSeconds, grace, drain)
    }
  })

  t.test('rolls the pods when the configuration changes, and only then', async t => {
    const sum = (values: object) => checksumOf(manifestsOf(minimal, values).find(isDeployment))
    t.match(sum({}), /^[0-9a-f]{64}$/)
    t.equal(sum({ service: { port: 80 } }), sum({}))
    t.not(sum({ config: { server: { prefix: '/gate' } } }), sum({}))
  })

  t.test('leaves the user to the platform where that is wanted', async t => {
    const { securityContext } = podOf(manifestsOf(minimal, { runAsUser: null }))
    t.strictSame(securityContext, { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
  })

  t.test('names the image by digest where one is given, and by version otherwise', async t => {
    t.equal(podOf(manifestsOf(minimal)).containers[0]?.image, `registry.example.com/sallyport:${packageJson.version}`)
    t.match(podOf(manifestsOf(full)).containers[0]?.image, /^registry\.example\.com\/sallyport@sha256:[0-9a-f]{64}$/)
  })

  t.test('makes several replicas whose sessions and assertions hold good on each of them', async t => {
    for (const type of ['cookie', 'redis'])
      for (const assertion of [false, { keys: ['/run/secrets/sallyport/assertion/key.pem'] }]) {
        const config = { session: { store: { type } }, identity: { assertion } }
        t.ok(renderChart(minimal, { replicas: 2, config }).ok, type)
      }
  })

  t.test('tells the redirect URI to register', async t => {
    const copy = t.testdir()
    cpSync(chart, copy, { recursive: true })
    renameSync(join(copy, 'templates/NOTES.txt'), join(copy, 'NOTES.txt'))
    const shown = 'apiVersion: v1\nkind: ConfigMap\ndata: { notes: {{ tpl (.Files.Get "NOTES.txt") . | quote }} }\n'
    writeFileSync(join(copy, 'templates/shown.yaml'), shown)
    const notes = manifestsOf(minimal, { config: { server: { prefix: '/gate' } } }, copy).find(
      ({ metadata }) => !metadata,
    )
    t.match(notes?.data, { notes: /\n {2}https:\/\/tools\.example\.com\/gate\/callback\n/ })
  })
})

const refusals = {
  'several replicas that keep sessions in memory': [
    { replicas: 2 },
    /set config\.session\.store\.type to redis or cookie/,
  ],
  'several replicas that each sign with a key of their own': [
    { replicas: 2, config: { session: { store: { type: 'cookie' } } } },
    /give config\.identity\.assertion\.keys/,
  ],
  'several replicas with sessions in Redis that each sign with a key of their own': [
    { replicas: 2, config: { session: { store: { type: 'redis' } } } },
    /give config\.identity\.assertion\.keys/,
  ],
  'an admin listener that no probe can reach': [
    { config: { admin: { listen: '127.0.0.1:9090' } } },
    /write 0\.0\.0\.0:9090/,
  ],
  'a gateway on a unix socket': [{ config: { server: { listen: 'unix:/run/gate.sock' } } }, /write 0\.0\.0\.0:8080/],
  'a drain that is not a duration': [{ config: { server: { drain: 'a while' } } }, /write a duration such as 30s/],
  'a gateway without routes': [{ config: { routes: [] } }, /config\.routes is empty/],
  'a gateway without providers': [{ config: { providers: [] } }, /config\.providers is empty/],
  'a gateway without a public address': [
    { config: { server: { publicUrl: null } } },
    /config\.server\.publicUrl is missing/,
  ],
  'no image': [{ image: { repository: '' } }, /image\.repository is empty/],
  'a misspelt value': [{ replica: 2 }, /replica is not allowed/],
  'a misspelt value inside': [{ ingress: { enable: true } }, /enable is not allowed/],
  'a secret given in the clear': [{ secretEnv: { TOKEN: 'hunter2' } }, /secretEnv\.TOKEN: Invalid type/],
  'a secret without a key': [{ secretEnv: { TOKEN: { name: 'gate' } } }, /key is required/],
  'an image tag with a colon': [{ image: { tag: 'a:b' } }, /image\.tag: Does not match/],
  'a configuration that is not a map': [{ config: 'server: {}' }, /config: Invalid type/],
  'replicas in words': [{ replicas: 'two' }, /replicas: Invalid type/],
  root: [{ runAsUser: 0 }, /runAsUser: Must be greater than or equal to 1/],
} as const satisfies Record<string, readonly [object, RegExp]>

t.test('the chart refuses', { skip: missing('helm') }, async t => {
  for (const [what, [values, sentence]] of Object.entries(refusals)) {
    t.test(what, async t => {
      const rendering = renderChart(minimal, values)
      t.notOk(rendering.ok)
      t.match(rendering, { refusal: sentence })
    })
  }
})

const checksumOf = (
  deployment: { readonly spec?: { template: { metadata?: { annotations?: Record<string, string> } } } } | undefined,
) => deployment?.spec?.template.metadata?.annotations?.['checksum/config']
