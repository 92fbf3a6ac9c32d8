// A Dockerfile as data: its instructions and its stages.

export type Instruction = { readonly word: string; readonly text: string }

export type Stage = {
  readonly image: string
  readonly name: string | undefined
  readonly instructions: readonly Instruction[]
}

/** One per instruction: comments gone, continued lines joined. */
export function readInstructions(text: string): Instruction[] {
  const lines = text
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\s*\\\n\s*/g, ' ')
    .split('\n')
  return lines.flatMap(line => {
    const [, word, rest] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? []
    return word && rest ? [{ word, text: rest.trim() }] : []
  })
}

/** What follows each FROM, with the image's name filled in from the ARGs before the first. */
export function readStages(all: readonly Instruction[]): Stage[] {
  const starts = all.flatMap(({ word }, index) => (word === 'FROM' ? [index] : []))
  const defaults = new Map(all.slice(0, starts[0]).map(({ text }) => text.split('=') as [string, string]))
  return starts.map((start, index) => {
    const [image = '', , name] = all[start]?.text.split(' ') ?? []
    const chosen = image.replace(/\$\{(\w+)\}/, (_, variable: string) => defaults.get(variable) ?? '')
    return { image: chosen, name, instructions: all.slice(start + 1, starts[index + 1]) }
  })
}

/** The list of an ENTRYPOINT or CMD; throws where a shell would read it. */
export function execForm(stage: Stage, word: string): string[] {
  const [text = ''] = textsOf(stage, word)
  return JSON.parse(text)
}

/** What the stage says after this word, instruction by instruction. */
export const textsOf = (stage: Stage, word: string): string[] =>
  stage.instructions.filter(instruction => instruction.word === word).map(({ text }) => text)
