// Hunt: what an upstream may say, on both lanes. Sound bytes are the same answer on each, and what undici refuses our own client refuses too.
import type fc from 'fast-check'
import { type BothLanes, isAllowed, isSame, type Sight, startBothLanes } from './both-lanes.ts'
import { type Hunt, hunt, type Outcome } from './hunt.ts'
import { type Scene, soundScenes, spoiltScenes } from './scenes.ts'

export const soundOnBoth: Hunt = huntFor('sound-on-both-lanes', soundScenes, isSame)

/** Our own client may refuse more. */
export const spoiltOnBoth: Hunt = huntFor('spoilt-on-both-lanes', spoiltScenes, isAllowed)

function huntFor(name: string, scenes: fc.Arbitrary<Scene>, isFine: (sight: Sight) => boolean): Hunt {
  return hunt(name, scenes, async t => {
    const lanes = await startBothLanes(t)
    return scene => outcomeOf(scene, lanes, isFine)
  })
}

async function outcomeOf(scene: Scene, { play }: BothLanes, isFine: (sight: Sight) => boolean): Promise<Outcome> {
  const sight = await play(scene)
  if (!isFine(sight)) return { broke: `the lanes disagree: ${JSON.stringify(sight)}` }
  const { http1, undici } = sight
  return {
    saw: http1.kind === undici.kind ? `${http1.kind} on both` : `${http1.kind} on http1, ${undici.kind} on undici`,
  }
}
