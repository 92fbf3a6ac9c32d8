// Single values of the file: references in texts are resolved, numbers are taken in plain decimal digits only.
import type { Scalar } from 'yaml'
import { interpolate, readNamedFile, type Surroundings } from './interpolate.ts'
import { isRefusal, type Path, quote, type Refusal } from './problems.ts'
import { holdsSecret, namesFile } from './sensitive.ts'

export type ScalarReading = {
  readonly value: unknown
  /** The value came from outside the file. */
  readonly isHidden: boolean
  readonly refusal?: Refusal
}

export async function readScalar(scalar: Scalar, path: Path, surroundings: Surroundings): Promise<ScalarReading> {
  if (typeof scalar.value === 'number') return readNumber(scalar, path)
  return typeof scalar.value === 'string'
    ? readReferences(scalar.value, path, surroundings)
    : { value: scalar.value, isHidden: false }
}

async function readReferences(written: string, path: Path, surroundings: Surroundings): Promise<ScalarReading> {
  const reading = await interpolate(written, surroundings)
  if (isRefusal(reading)) return { value: written, isHidden: true, refusal: reading }
  const { text, isFromOutside } = reading
  if (!namesFile(path) || text === '' || text.includes('-----BEGIN')) return { value: text, isHidden: isFromOutside }
  // A key that was pasted where its file name belongs must not come back in a message.
  const shown = isFromOutside || holdsSecret(path) ? 'named here' : quote(text)
  const content = await readNamedFile(text, surroundings, shown)
  return isRefusal(content) ? { value: text, isHidden: true, refusal: content } : { value: content, isHidden: true }
}

/** `08`, `0x1f`, `1e99` and `.inf` are numbers to YAML and typing errors to people. */
function readNumber({ source = '', value }: Scalar, path: Path): ScalarReading {
  if (/^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,9})?$/.test(source)) return { value, isHidden: false }
  const found = holdsSecret(path)
    ? 'a number in an unusual form'
    : `${quote(source)} is an unusual way to write a number`
  const wanted = 'write plain decimal digits, or quote it if it is a text'
  return { value, isHidden: false, refusal: { refused: '', found, wanted } }
}
