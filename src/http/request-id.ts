// Names for requests that nobody can guess: random bytes, drawn for many requests at once, because each draw costs more than the rest of a visit's papers.
import { randomFillSync } from 'node:crypto'

const ID_BYTES = 12
const drawn = Buffer.alloc(ID_BYTES * 256)
let used = drawn.length

/** 16 characters of base64url. */
export function newRequestId(): string {
  if (used === drawn.length) {
    randomFillSync(drawn)
    used = 0
  }
  used += ID_BYTES
  return drawn.toString('base64url', used - ID_BYTES, used)
}
