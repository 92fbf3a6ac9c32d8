// Bytes outside V8's heap, in chains of equal blocks: nothing to collect, nothing to move, and no hole is too small to be used again.

/** What is kept is called by a number, until it is released. */
export type BlockHeap = {
  keep(bytes: Uint8Array): number
  /** A copy of it, or of its beginning. */
  read(at: number, most?: number): Buffer
  release(at: number): void
}

const BLOCK_BYTES = 64
/** Each begins with the number of the next, the first one of a chain with its length as well. */
const LINK_BYTES = 4
const LENGTH_BYTES = 4
const PAGE_BLOCKS = 16_384
/** No block has this number, so it ends every chain. */
const NONE = 0

type Page = { readonly bytes: Buffer; readonly links: Int32Array }

export function makeBlockHeap(): BlockHeap {
  const pages: Page[] = []
  let free = NONE
  let unused = NONE + 1

  const pageOf = (block: number): Page => pages[Math.floor(block / PAGE_BLOCKS)] ?? addPage(pages)
  const offsetOf = (block: number): number => (block % PAGE_BLOCKS) * BLOCK_BYTES
  const nextOf = (block: number): number => pageOf(block).links[offsetOf(block) / LINK_BYTES] ?? NONE
  const link = (block: number, next: number): void => {
    pageOf(block).links[offsetOf(block) / LINK_BYTES] = next
  }

  function take(): number {
    if (free === NONE) return unused++
    const block = free
    free = nextOf(block)
    return block
  }

  /** Writes as many of these bytes as the block has room for behind `skipped`; answers how many. */
  function fill(block: number, skipped: number, bytes: Uint8Array): number {
    const room = bytes.subarray(0, BLOCK_BYTES - skipped)
    pageOf(block).bytes.set(room, offsetOf(block) + skipped)
    return room.length
  }

  return {
    keep(bytes) {
      const first = take()
      pageOf(first).bytes.writeUInt32LE(bytes.length, offsetOf(first) + LINK_BYTES)
      let last = first
      for (let at = fill(first, LINK_BYTES + LENGTH_BYTES, bytes); at < bytes.length; ) {
        const block = take()
        link(last, block)
        at += fill(block, LINK_BYTES, bytes.subarray(at))
        last = block
      }
      link(last, NONE)
      return first
    },
    read(at, most = Number.POSITIVE_INFINITY) {
      const length = Math.min(most, pageOf(at).bytes.readUInt32LE(offsetOf(at) + LINK_BYTES))
      const bytes = Buffer.allocUnsafe(length)
      let skipped = LINK_BYTES + LENGTH_BYTES
      for (let block = at, done = 0; done < length; block = nextOf(block), skipped = LINK_BYTES) {
        const from = offsetOf(block)
        done += pageOf(block).bytes.copy(bytes, done, from + skipped, from + BLOCK_BYTES)
      }
      return bytes
    },
    release(at) {
      let last = at
      for (let next = nextOf(at); next !== NONE; next = nextOf(next)) last = next
      link(last, free)
      free = at
    },
  }
}

/** The kernel gives a page its memory when it is first written to. */
function addPage(pages: Page[]): Page {
  const bytes = Buffer.allocUnsafeSlow(PAGE_BLOCKS * BLOCK_BYTES)
  const page = { bytes, links: new Int32Array(bytes.buffer) }
  pages.push(page)
  return page
}
