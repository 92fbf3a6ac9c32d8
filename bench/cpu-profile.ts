// Reads what `node --cpu-prof` has written and says where the time went: in a function itself, and with all that it called.

export type CpuProfile = {
  readonly nodes: readonly ProfileNode[]
  /** Microseconds of the machine's monotonic clock, as process.hrtime() counts it. */
  readonly startTime: number
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

type ProfileNode = { readonly id: number; readonly callFrame: Frame; readonly children?: readonly number[] }
export type Frame = { readonly functionName: string; readonly url: string; readonly lineNumber: number }

export type Span = { readonly fromUs: number; readonly toUs: number }
export type Row = { readonly name: string; readonly share: number }

/** Calls a frame by a name; undefined: it does not count. */
export type Naming = (frame: Frame) => string | undefined

/** Shares of the time in which the process was not idle; the largest first. */
export const selfTimes = (profile: CpuProfile, span: Span, nameOf: Naming): readonly Row[] =>
  shares(profile, span, ([frame]) => (frame ? [nameOf(frame)] : []))

/** The same with everything that was called from there; a name counts once, however often it is on the stack. */
export const totalTimes = (profile: CpuProfile, span: Span, nameOf: Naming): readonly Row[] =>
  shares(profile, span, stack => stack.map(nameOf))

/** The process sleeps in the first; the second is where every stack begins. */
const noCode = new Set(['(idle)', '(root)'])

type Stack = readonly Frame[]

function shares(
  profile: CpuProfile,
  span: Span,
  namesOf: (stack: Stack) => ReadonlyArray<string | undefined>,
): readonly Row[] {
  const namesById = new Map(Array.from(stacks(profile), ([id, stack]) => [id, new Set(namesOf(stack))]))
  const idle = new Set(profile.nodes.filter(({ callFrame }) => noCode.has(callFrame.functionName)).map(({ id }) => id))
  const times = new Map<string, number>()
  let at = profile.startTime
  let busy = 0
  for (const [index, id] of profile.samples.entries()) {
    const delta = profile.timeDeltas[index] ?? 0
    at += delta
    if (at < span.fromUs || at > span.toUs || idle.has(id)) continue
    busy += delta
    for (const name of namesById.get(id) ?? []) if (name !== undefined) times.set(name, (times.get(name) ?? 0) + delta)
  }
  const rows = Array.from(times, ([name, time]) => ({ name, share: time / busy }))
  return rows.sort((one, other) => other.share - one.share)
}

/** What was called on every node of the tree, the innermost first. */
function stacks({ nodes }: CpuProfile): Map<number, Stack> {
  const byId = new Map(nodes.map(node => [node.id, node]))
  const found = new Map<number, Stack>()
  const descend = (node: ProfileNode, callers: Stack) => {
    const stack = [node.callFrame, ...callers]
    found.set(node.id, stack)
    for (const id of node.children ?? []) {
      const child = byId.get(id)
      if (child) descend(child, stack)
    }
  }
  if (nodes[0]) descend(nodes[0], [])
  return found
}
