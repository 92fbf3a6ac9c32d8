// What is wrong with manifests as a whole: names that lead nowhere, and whatever the "restricted" pod security standard refuses.
import type { V1Container, V1Deployment, V1NetworkPolicy, V1PodSpec, V1Service } from '@kubernetes/client-node'
import type { Manifest } from './helm.ts'

export const isDeployment = (manifest: Manifest): manifest is Manifest & V1Deployment => manifest.kind === 'Deployment'
export const isService = (manifest: Manifest): manifest is Manifest & V1Service => manifest.kind === 'Service'
export const isNetworkPolicy = (manifest: Manifest): manifest is Manifest & V1NetworkPolicy =>
  manifest.kind === 'NetworkPolicy'

/** The pod of the one Deployment among the manifests. */
export function podOf(manifests: readonly Manifest[]): V1PodSpec {
  const pods = manifests.filter(isDeployment).flatMap(({ spec }) => spec?.template.spec ?? [])
  if (!pods[0] || pods.length > 1) throw new Error(`wanted one Deployment, found ${pods.length}`)
  return pods[0]
}

const containersOf = (pod: V1PodSpec): V1Container[] => [...(pod.initContainers ?? []), ...pod.containers]

/** Names that something refers to and nothing bears: volumes, ports, labels. */
export function danglingReferences(manifests: readonly Manifest[]): string[] {
  const pod = podOf(manifests)
  const labels = manifests.find(isDeployment)?.spec?.template.metadata?.labels ?? {}
  const ports = containersOf(pod)
    .flatMap(container => container.ports ?? [])
    .map(port => port.name)
  return [
    ...containersOf(pod).flatMap(container => danglingOfContainer(container, pod)),
    ...selectorsOf(manifests)
      .filter(selector => !selects(selector, labels))
      .map(selector => `selector ${JSON.stringify(selector)}`),
    ...portNamesOf(manifests)
      .filter(name => !ports.includes(String(name)))
      .map(name => `port ${name}`),
  ]
}

function danglingOfContainer(container: V1Container, pod: V1PodSpec): string[] {
  const volumes = pod.volumes?.map(volume => volume.name) ?? []
  const ports = container.ports?.map(port => port.name) ?? []
  const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe]
  const asked = probes.flatMap(probe => probe?.httpGet?.port ?? [])
  return [
    ...(container.volumeMounts ?? []).filter(({ name }) => !volumes.includes(name)).map(({ name }) => `volume ${name}`),
    ...asked.filter(port => !ports.includes(String(port))).map(port => `probe port ${port}`),
  ]
}

const selectorsOf = (manifests: readonly Manifest[]) => [
  ...manifests.filter(isDeployment).map(({ spec }) => spec?.selector.matchLabels ?? {}),
  ...manifests.filter(isService).map(({ spec }) => spec?.selector ?? {}),
  ...manifests.filter(isNetworkPolicy).map(({ spec }) => spec?.podSelector?.matchLabels ?? {}),
]

const portNamesOf = (manifests: readonly Manifest[]) => [
  ...manifests.filter(isService).flatMap(({ spec }) => spec?.ports?.map(port => port.targetPort) ?? []),
  ...manifests
    .filter(isNetworkPolicy)
    .flatMap(({ spec }) => spec?.ingress?.flatMap(rule => rule.ports?.map(({ port }) => port) ?? []) ?? []),
]

const selects = (selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): boolean =>
  Object.keys(selector).length > 0 && Object.entries(selector).every(([name, value]) => labels[name] === value)

/** What the pod security standard "restricted" refuses, and a writable root besides. */
export function securityProblems(pod: V1PodSpec): string[] {
  const podProblems = [
    pod.securityContext?.runAsNonRoot !== true && 'the pod may run as root',
    pod.securityContext?.seccompProfile?.type !== 'RuntimeDefault' && 'the pod has no seccomp profile',
    pod.automountServiceAccountToken !== false && 'the pod is given a token for the API',
    (pod.hostNetwork || pod.hostPID || pod.hostIPC) && 'the pod shares a namespace of its host',
    pod.volumes?.some(({ hostPath }) => hostPath) && 'the pod mounts a path of its host',
  ]
  return [...podProblems, ...containersOf(pod).flatMap(containerProblems)].filter(
    problem => typeof problem === 'string',
  )
}

function containerProblems({ name, securityContext, ports }: V1Container) {
  return [
    securityContext?.allowPrivilegeEscalation !== false && `${name} may gain privileges`,
    securityContext?.privileged && `${name} is privileged`,
    securityContext?.readOnlyRootFilesystem !== true && `${name} may write to its image`,
    securityContext?.capabilities?.drop?.join() !== 'ALL' && `${name} keeps capabilities`,
    securityContext?.capabilities?.add && `${name} adds capabilities`,
    securityContext?.runAsUser === 0 && `${name} runs as root`,
    ports?.some(({ hostPort }) => hostPort) && `${name} takes a port of its host`,
  ]
}
