// Whether a gateway does what is measured: the page arrives, with the identity where one is due, and nobody else gets it.
import { openBrowser } from '../test/support/browser.ts'
import type { Peer } from './peers/peer.ts'
import { USER } from './peers/peer.ts'
import { page } from './upstream.ts'

/** Throws a sentence that says what is not so. */
export async function verify(name: string, peer: Peer): Promise<void> {
  const cookies = await peer.cookies()
  const ask = (path: string, cookie: string | undefined) =>
    openBrowser(`http://127.0.0.1:${peer.port}`).fetch(`${peer.base}/${path}`, {
      headers: { host: peer.host, ...(cookie && { cookie }) },
    })
  const answer = await ask('page', cookies)
  if (answer.status !== 200 || answer.body !== page.toString())
    throw new Error(`${name} does not answer: ${answer.status} ${answer.body.slice(0, 200)}`)
  if (!peer.knowsPeople) return
  const { body: headers } = await ask('headers', cookies)
  if (!headers.includes(`: ${USER}\r\n`)) throw new Error(`${name} tells the application nobody's name:\n${headers}`)
  const { status } = await ask('page', undefined)
  if (status === 200) throw new Error(`${name} lets strangers in`)
}
