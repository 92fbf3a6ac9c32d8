// Answers leave a connection in the order of its requests (RFC 9112 9.3.2), and what comes behind them waits while they are still owed.
import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

export type Turns = {
  /** This answer is owed until it closes. */
  owe(res: ServerResponse): void
  owes(socket: Duplex): boolean
  /** Says something behind the last answer to a whole request. A request that broke off may still owe one, begun or not. */
  behind(socket: Duplex, say: (owed: readonly ServerResponse[]) => void): void
}

export function keepTurns(): Turns {
  const owed = new WeakMap<Duplex, Set<ServerResponse>>()
  const on = (socket: Duplex): ServerResponse[] => Array.from(owed.get(socket) ?? [])
  const open = (socket: Duplex): Set<ServerResponse> => {
    const answers = new Set<ServerResponse>()
    owed.set(socket, answers)
    // Node tells only the first of several answers that its client has left.
    socket.once('close', () => {
      for (const res of answers) {
        // Node 22 leaves it as it was, and whoever comes late would wait for an end that has been.
        res.destroyed = true
        res.emit('close')
      }
    })
    return answers
  }
  const behind: Turns['behind'] = (socket, say) => {
    const before = on(socket).findLast(res => res.req.complete)
    if (before) before.once('close', () => behind(socket, say))
    else say(on(socket))
  }
  return {
    owe(res) {
      const answers = owed.get(res.req.socket) ?? open(res.req.socket)
      answers.add(res)
      res.once('close', () => answers.delete(res))
    },
    owes: socket => on(socket).length > 0,
    behind,
  }
}
