// The single steps by which backends are known to change a path before they understand it.

export type Reader = (path: string) => string

/** Every escape but those of slash and backslash, which many readers keep until later. */
export const decodeEscapes: Reader = path => decodeURIComponent(path.replace(/%(?=2F|5C)/g, '%25'))

export const decodeSlashes: Reader = path => path.replace(/%2f/gi, '/').replace(/%5c/gi, '\\')

/** Letter case too, as case-insensitive backends fold it; dotted and dotless i are one letter. */
export const foldCase: Reader = path => foldForms(path).toUpperCase().toLowerCase().replaceAll('i\u0307', 'i')

/** Full-width forms, ligatures and accented letters as the plain characters they stand for. */
export const foldForms: Reader = path => (isAscii.test(path) ? path : dropAccents(path).normalize('NFKC'))

const isAscii = /^[\0-\x7f]*$/

/** `a+b` is `a b` to whoever reads a path like a form, and `01`, `+1` and `1.0` are `1` to whoever reads an identifier as a number. */
export const foldWords: Reader = path => foldNumbers(path.includes('+') ? plusAsSpace(path) : path)

const foldNumbers: Reader = path =>
  oddNumber.test(path) ? eachSegment(path, segment => segment.replace(/^\+?0*(0|[1-9]\d*)(?:\.0*)?$/, '$1')) : path

const oddNumber = /\/(?:\+\d|0\d|\d+\.0*(?:\/|$))/

export const readers: readonly Reader[] = [
  mergeSlashes,
  backslashAsSlash,
  dropAuthority,
  dropParameters,
  dropCookieless,
  plusAsSpace,
  cutAtDelimiter,
  dropStream,
  trimSpaces,
  trimTails,
  removeDotSegments,
  composeForms,
  dropInvisible,
  dropAccents,
  bestFit,
  keepLowBytes,
]

/** For backends that are known to keep whole characters. */
export const wholeReaders: readonly Reader[] = readers.filter(reader => reader !== keepLowBytes)

function mergeSlashes(path: string): string {
  return path.replace(/\/{2,}/g, '/')
}

function backslashAsSlash(path: string): string {
  return path.replaceAll('\\', '/')
}

/** `//host/path`, taken for an address without a scheme. */
function dropAuthority(path: string): string {
  return path.replace(/^\/{2,}[^/]*/, '')
}

function dropParameters(path: string): string {
  return path.replace(/;[^/]*/g, '')
}

/** ASP.NET takes `(S(…))` anywhere in a path for a session that came without a cookie. */
function dropCookieless(path: string): string {
  return path.replace(/\((?:[A-Za-z]\([^()/]*\))+\)/g, '')
}

/** As in a form, where a `+` between two words is a space; the end of `c++` is none. */
function plusAsSpace(path: string): string {
  return path.replace(/(?<=[^/+\s])\+(?=[^/+\s])/g, ' ')
}

function cutAtDelimiter(path: string): string {
  return path.replace(/[#?\0].*$/s, '')
}

/** `name::$DATA` and `name:$I30:$INDEX_ALLOCATION` are `name` to NTFS. */
function dropStream(path: string): string {
  return path.replace(/:(?:[^/:]*:)?\$[^/]*/g, '')
}

function trimSpaces(path: string): string {
  return eachSegment(path, segment => segment.trim())
}

/** Windows does not see dots and spaces at the end of a name. */
function trimTails(path: string): string {
  return eachSegment(path, segment => {
    if (segment === '.' || segment === '..') return segment
    let end = segment.length
    while (end > 0 && /[.\s]/.test(segment.charAt(end - 1))) end--
    return segment.slice(0, end)
  })
}

/** As RFC 3986 5.2.4 does, with backslashes left alone. */
function removeDotSegments(path: string): string {
  const kept: string[] = []
  const segments = path.split('/').slice(1)
  for (const segment of segments) {
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment)
  }
  return `/${kept.join('/')}`
}

function composeForms(path: string): string {
  return path.normalize('NFKC')
}

function dropInvisible(path: string): string {
  return path.replace(/[\p{Default_Ignorable_Code_Point}\p{Cc}]/gu, '')
}

/** `é` is `e` to best-fit conversions and to many database collations. */
function dropAccents(path: string): string {
  return path
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .normalize('NFC')
}

/** Characters that become separators in best-fit conversions: look-alikes, and the yen and won signs in the backslash's place. */
function bestFit(path: string): string {
  return path
    .replace(/[\u2215\u2044\u29f8]/g, '/')
    .replace(/[\u2216\u29f5\u00a5\u20a9]/g, '\\')
    .replace(/[\u3002\uff61]/g, '.')
}

/** A reader that keeps the low byte of each UTF-16 unit. */
function keepLowBytes(path: string): string {
  return path.replace(/[\u0100-\uffff]/g, character => String.fromCharCode(character.charCodeAt(0) & 0xff))
}

const eachSegment = (path: string, change: (segment: string) => string): string => path.split('/').map(change).join('/')
