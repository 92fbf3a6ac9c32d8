// Informational answers of an upstream: 103 Early Hints go on to the client, as far as they are links (RFC 8297).
import { linesOf } from './hop-by-hop.ts'

/** More than this many informational answers before a final one is a flood. */
export const MOST_INFORMATIONAL = 10

const link = /^<[\x21\x23-\x3b\x3d\x3f-\x7e]+>(?:\s*;\s*[a-z*]+(?:=(?:"[\x21\x23-\x3a\x3c-\x7e]*"|[\w/.:+-]+))?)*$/i

/** The single links of a 103, those that every reader understands. */
export const earlyLinks = (rawHeaders: readonly string[]): string[] =>
  linesOf(rawHeaders, 'link')
    .flatMap(line => line.split(/,(?=\s*<)/))
    .map(part => part.trim())
    .filter(part => link.test(part))
