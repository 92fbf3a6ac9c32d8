// A client whose socket nobody reads yet, as while its upgrade is being decided: tells whether it has left.
import type { Duplex } from 'node:stream'

export type Watch = {
  readonly hasLeft: boolean
  /** At once, when it has. */
  onceLeft(act: () => void): void
  /** Whoever reads the socket from here on sees its end for himself. */
  stop(): void
}

/** A glance that takes no bytes brings an end out that would stay unseen. */
export function watch(socket: Duplex): Watch {
  let hasLeft = socket.destroyed
  let act = () => {}
  const leave = () => {
    hasLeft = true
    act()
  }
  const glance = () => void socket.read(0)
  socket.on('readable', glance).on('end', leave).on('close', leave).on('error', leave)
  return {
    get hasLeft() {
      return hasLeft
    },
    onceLeft(wanted) {
      act = wanted
      if (hasLeft) act()
    },
    stop: () => void socket.off('readable', glance).off('end', leave).off('close', leave),
  }
}
