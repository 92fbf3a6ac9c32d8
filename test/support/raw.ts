// A client that writes bytes on a socket and reads answers: nothing is normalised on the way.
import { connect, type Socket } from 'node:net'
import { type Message, readBody, readHead, Wire } from './wire.ts'

export { fieldOf, fieldsOf } from './wire.ts'

export type RawAnswer = Message & {
  readonly status: number
  /** Informational answers that came before this one. */
  readonly informational: readonly Message[]
}

export type RawConnection = {
  readonly socket: Socket
  readonly wire: Wire
  send(bytes: string): void
  /** The next final answer, undefined when the connection ended before it was whole. `to` is the method that it answers. */
  answer(to?: string): Promise<RawAnswer | undefined>
  /** The head of the next final answer only. */
  head(): Promise<RawAnswer | undefined>
  /** Settles when the other side has ended the connection. */
  readonly closed: Promise<void>
}

export type RawOptions = { readonly localAddress?: string }

export async function openRaw(port: number, { localAddress }: RawOptions = {}): Promise<RawConnection> {
  const socket = connect({ port, host: '127.0.0.1', ...(localAddress !== undefined && { localAddress }) })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject)
  })
  socket.on('error', () => {})
  const closed = new Promise<void>(resolve => {
    socket.once('end', resolve).once('close', () => resolve())
  })
  const wire = new Wire(socket)
  const head = () => readFinalHead(wire)
  return {
    socket,
    wire,
    closed,
    send: bytes => void socket.write(bytes, 'latin1'),
    head,
    async answer(to = 'GET') {
      const first = await head()
      if (!first) return undefined
      const whole = hasBody(first.status, to) ? await readBody(wire, first, 'to-end') : first
      return whole && { ...first, ...whole }
    },
  }
}

/** One connection, these bytes, and its first answer; `closed` says whether the other side has ended the connection behind it. */
export async function sendRaw(
  port: number,
  bytes: string,
  options: RawOptions = {},
): Promise<RawAnswer & { readonly closed: boolean }> {
  const connection = await openRaw(port, options)
  try {
    connection.send(bytes)
    const answer = await connection.answer(bytes.slice(0, bytes.indexOf(' ')))
    if (!answer) throw new Error(`no whole answer to ${JSON.stringify(bytes.slice(0, 80))}`)
    if (/^connection:.*close/im.test(answer.head)) await connection.closed
    return { ...answer, closed: connection.wire.ended }
  } finally {
    connection.socket.destroy()
  }
}

async function readFinalHead(wire: Wire): Promise<RawAnswer | undefined> {
  const informational: Message[] = []
  for (;;) {
    const message = await readHead(wire)
    if (!message) return undefined
    const status = Number(message.line.split(' ')[1])
    if (status >= 200 || status === 101) return { ...message, status, informational }
    informational.push(message)
  }
}

const hasBody = (status: number, to: string): boolean =>
  to !== 'HEAD' && status !== 101 && status !== 204 && status !== 304
