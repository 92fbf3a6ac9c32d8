// What other readers could make of a path: the closure of the transformations that backends are known to apply.

/** More readings than this and the path is refused: nothing legitimate comes near. */
const MOST_READINGS = 200

/** A path of these needs no second look: no reader known to us changes it. */
const oneReading = /^(?:\/(?:[a-z0-9\-_~!$&'()*+,=@][a-z0-9\-._~!$&'()*+,=@]*)?(?<!\.))*$/

/** Every other path that a backend could understand by `canonical`, in any order of its transformations; undefined when there are too many to tell. */
export function otherReadings(canonical: string): ReadonlySet<string> | undefined {
  const found = new Set<string>()
  if (oneReading.test(canonical) && !canonical.includes('//')) return found
  const open = [canonical]
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    for (const read of transformations) {
      const reading = rooted(read(path))
      if (reading === canonical || found.has(reading)) continue
      if (found.size === MOST_READINGS) return undefined
      found.add(reading)
      open.push(reading)
    }
  }
  return found
}

const rooted = (path: string): string => (path.startsWith('/') ? path : `/${path}`)

const transformations: ReadonlyArray<(path: string) => string> = [
  decodeOnce,
  foldLetters,
  bestFit,
  path => path.replaceAll('\\', '/'),
  path => path.replace(/\/{2,}/g, '/'),
  path => path.replace(/;[^/]*/g, ''),
  path => path.replace(/[#?\0].*$/s, ''),
  path => path.replace(/::\$[^/]*/g, ''),
  path => path.replace(/(?<=[^/.\s])[.\s]+(?=\/|$)|(?<=\/)\s+/g, ''),
  removeDotSegments,
  truncateToBytes,
]

function decodeOnce(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path.replace(/%([0-7][0-9A-Fa-f])/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  }
}

/** Case, compatibility forms and invisible characters, as case-insensitive and normalising backends fold them. */
function foldLetters(path: string): string {
  const plain = path.normalize('NFKC').replace(/\p{Default_Ignorable_Code_Point}/gu, '')
  return plain.toUpperCase().toLowerCase().replaceAll('i\u0307', 'i')
}

/** Characters that look like separators and become them in best-fit conversions. */
function bestFit(path: string): string {
  return path
    .replace(/[\u2215\u2044\u29f8]/g, '/')
    .replace(/[\u2216\u29f5]/g, '\\')
    .replace(/[\u3002\uff61]/g, '.')
}

function removeDotSegments(path: string): string {
  const kept: string[] = []
  for (const segment of path.split('/').slice(1)) {
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment)
  }
  return `/${kept.join('/')}`
}

/** A reader that keeps the low byte of each UTF-16 unit. */
function truncateToBytes(path: string): string {
  return path.replace(/[\u0100-\uffff]/g, character => String.fromCharCode(character.charCodeAt(0) & 0xff))
}
