// The sidecar example: a valid and restricted pod in which the only way to the app is through the gateway.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { readManifests } from '../support/helm.ts'
import { fieldProblems } from '../support/manifest-fields.ts'
import { danglingReferences, isNetworkPolicy, isService, podOf, securityProblems } from '../support/manifests.ts'

const example = join(import.meta.dirname, '../../helm/examples/sidecar.yaml')
const manifests = readManifests(readFileSync(example, 'utf8'))
const pod = podOf(manifests)
const gateway = pod.initContainers?.[0]
const app = pod.containers[0]
const config = parse(String(Reflect.get(manifests[0]?.data ?? {}, 'sallyport.yaml')))

t.test('the manifests are valid, restricted and consistent', async t => {
  t.strictSame(manifests.flatMap(fieldProblems), [])
  t.strictSame(securityProblems(pod), [])
  t.strictSame(danglingReferences(manifests), [])
})

t.test('the gateway is a native sidecar, probed at its admin listener', async t => {
  t.equal(pod.initContainers?.length, 1)
  t.match(gateway, {
    restartPolicy: 'Always',
    startupProbe: { httpGet: { path: '/livez', port: 'admin' } },
    livenessProbe: { httpGet: { path: '/livez', port: 'admin' } },
    readinessProbe: { httpGet: { path: '/readyz', port: 'admin' } },
  })
})

t.test('the app listens where the gateway forwards to, and nobody outside the pod can reach', async t => {
  const setting = (name: string) => app?.env?.find(variable => variable.name === name)?.value
  const upstream = `http://${setting('GF_SERVER_HTTP_ADDR')}:${setting('GF_SERVER_HTTP_PORT')}`
  t.equal(config.routes[0].upstream, upstream)
  t.match(upstream, /^http:\/\/127\.0\.0\.1:/)
  t.equal(app?.ports, undefined)
})

t.test('the app is asked for its health inside the pod, where it listens', async t => {
  const probes = [app?.startupProbe, app?.livenessProbe, app?.readinessProbe].filter(probe => probe !== undefined)
  t.ok(probes.length > 0)
  for (const probe of probes) t.match(probe.exec?.command?.join(' '), config.routes[0].upstream)
})

t.test('everybody may ask the gateway, and only monitoring the admin listener', async t => {
  t.strictSame(
    manifests.filter(isService).flatMap(({ spec }) => spec?.ports?.map(port => port.targetPort)),
    ['gateway'],
  )
  const rules = manifests.filter(isNetworkPolicy).flatMap(({ spec }) => spec?.ingress ?? [])
  const open = rules.filter(rule => !('from' in rule)).flatMap(rule => rule.ports?.map(({ port }) => port))
  t.strictSame(open, ['gateway'])
})

t.test('the listeners are on the ports that are declared', async t => {
  const ports = gateway?.ports?.map(({ containerPort }) => `0.0.0.0:${containerPort}`)
  t.strictSame([config.server.listen, config.admin.listen], ports)
})
