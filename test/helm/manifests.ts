// The checks that the other tests here lean on see what they are there to see.
import t from 'tap'
import { type Manifest, readManifests } from '../support/helm.ts'
import { fieldProblems } from '../support/manifest-fields.ts'
import { danglingReferences, podOf, securityProblems } from '../support/manifests.ts'

const careless = readManifests(`
apiVersion: apps/v1
kind: Deployment
metadata: { name: careless, labels: { tier: 1 } }
spec:
  replica: 2
  selector: { matchLabels: { app: careless } }
  template:
    metadata: { labels: { app: other } }
    spec:
      hostNetwork: true
      volumes: [{ name: host, hostPath: { path: / } }]
      containers:
        - image: careless
          ports: [{ name: http, containerPort: '8080', hostPort: 80 }]
          volumeMounts: [{ name: data, mountPath: /data }]
          readinessProbe: { httpGet: { path: /, port: admin } }
          securityContext: { privileged: true, runAsUser: 0, capabilities: { add: [NET_ADMIN] } }
---
apiVersion: v1
kind: Service
metadata: { name: careless }
spec:
  selector: { app: careless }
  ports: [{ port: 80, targetPort: web }]
`)
const [deployment, service] = careless as [Manifest, Manifest]

t.test('fields that are unknown, missing or mistyped are named', async t => {
  t.strictSame(fieldProblems(deployment).toSorted(), [
    '.metadata.labels[tier]: not a string',
    '.spec.replica: unknown',
    '.spec.template.spec.containers[0].name: missing',
    '.spec.template.spec.containers[0].ports[0].containerPort: not a number',
  ])
  t.strictSame(fieldProblems(service), [])
  t.strictSame(fieldProblems({ ...service, apiVersion: 'v2' }), ['v2 Service: no such kind'])
})

t.test('names that lead nowhere are named', async t => {
  t.strictSame(danglingReferences(careless), [
    'volume data',
    'probe port admin',
    'selector {"app":"careless"}',
    'selector {"app":"careless"}',
    'port web',
  ])
})

t.test('everything that the restricted standard refuses is named', async t => {
  t.strictSame(securityProblems(podOf(careless)), [
    'the pod may run as root',
    'the pod has no seccomp profile',
    'the pod is given a token for the API',
    'the pod shares a namespace of its host',
    'the pod mounts a path of its host',
    'undefined may gain privileges',
    'undefined is privileged',
    'undefined may write to its image',
    'undefined keeps capabilities',
    'undefined adds capabilities',
    'undefined runs as root',
    'undefined takes a port of its host',
  ])
})
