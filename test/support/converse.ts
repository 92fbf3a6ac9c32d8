// A client that says many things on one connection and listens until nothing more comes.
import { setImmediate as tick } from 'node:timers/promises'
import type { Fort, Impact } from './attack.ts'
import { openRaw, type RawAnswer, type RawConnection } from './raw.ts'

export type Conversation = {
  /** Of the requests that are answered in any case. */
  readonly methods: readonly string[]
  readonly pieces: number
  /** Nothing behind those requests has an answer. */
  readonly isLast: boolean
}

/** Whatever is owed an answer has it long before. */
const PATIENCE_MS = 10_000
/** After so long without a byte what is unanswered is waiting for more of its request. */
const QUIET_MS = 25

export async function converse(fort: Fort, bytes: string, conversation: Conversation): Promise<Impact> {
  const before = fort.upstream.requests.length
  const connection = await openRaw(fort.gate.port)
  const impatient = setTimeout(() => connection.socket.destroy(), PATIENCE_MS)
  try {
    const said = speak(connection, bytes, conversation.pieces)
    const answers = await listen(connection, conversation)
    await said
    const reached = fort.upstream.requests.slice(before)
    return { statuses: answers.map(({ status }) => status), answers, closed: connection.wire.ended, reached }
  } finally {
    clearTimeout(impatient)
    connection.socket.destroy()
  }
}

async function speak({ socket }: RawConnection, bytes: string, pieces: number): Promise<void> {
  const step = Math.max(1, Math.ceil(bytes.length / pieces))
  for (let at = 0; at < bytes.length && socket.writable; at += step) {
    socket.write(bytes.slice(at, at + step), 'latin1')
    await tick()
  }
}

async function listen(connection: RawConnection, { methods, isLast }: Conversation): Promise<readonly RawAnswer[]> {
  const answers: RawAnswer[] = []
  for (const method of methods) {
    const answer = await connection.answer(method)
    if (!answer) return answers
    answers.push(answer)
  }
  if (isLast) return answers
  const stop = endsWhenQuiet(connection)
  for (let answer = await connection.answer(); answer; answer = await connection.answer()) answers.push(answer)
  stop()
  return answers
}

function endsWhenQuiet({ socket }: RawConnection): () => void {
  const end = () => socket.end()
  let timer = setTimeout(end, QUIET_MS)
  socket.on('data', () => {
    clearTimeout(timer)
    timer = setTimeout(end, QUIET_MS)
  })
  return () => clearTimeout(timer)
}
