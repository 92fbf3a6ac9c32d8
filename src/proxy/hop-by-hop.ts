// Which header fields end at this hop and are never carried from one connection to the other (RFC 9110 7.6.1).

const endingHere = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Meant for every recipient, so naming them in Connection takes nothing away. */
const forEveryRecipient = new Set([
  'cache-control',
  'content-encoding',
  'content-length',
  'content-security-policy',
  'content-type',
  'host',
  'location',
  // Part of what an upgrade asks for, whatever else Connection says beside "upgrade".
  'sec-websocket-extensions',
  'sec-websocket-key',
  'sec-websocket-protocol',
  'sec-websocket-version',
  'set-cookie',
  'strict-transport-security',
])

const noOptions: ReadonlySet<string> = new Set()

/** `name` in lower case. */
export const endsHere = (name: string): boolean => endingHere.has(name) || name.startsWith('proxy-')

/** The further fields, in lower case, that the Connection lines of this message declare to end here. */
export function connectionOptions(rawHeaders: readonly string[]): ReadonlySet<string> {
  let options: Set<string> | undefined
  for (const line of linesOf(rawHeaders, 'connection')) {
    if (line === 'keep-alive' || line === 'close') continue
    options ??= new Set()
    for (const option of listOf(line)) if (!forEveryRecipient.has(option)) options.add(option)
  }
  return options ?? noOptions
}

/** Every value under a name given in lower case, in the order of its lines. */
export function linesOf(rawHeaders: readonly string[], name: string): string[] {
  const lines: string[] = []
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const found = rawHeaders[i] as string
    if (found.length === name.length && found.toLowerCase() === name) lines.push(rawHeaders[i + 1] as string)
  }
  return lines
}

/** The members of a comma-separated list in lower case; empty ones are no members (RFC 9110 5.6.1.2). */
export const listOf = (line: string): string[] =>
  line
    .toLowerCase()
    .split(',')
    .map(member => member.trim())
    .filter(member => member !== '')
