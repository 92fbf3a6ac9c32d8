// Which options hold secrets, and which name files: known by their place.
import type { Path } from './problems.ts'

const secretPlaces = [
  /^server\.tls\.key$/,
  /^admin\.key$/,
  /^providers\.\d+\.clientSecret$/,
  /^session\.secrets(\.\d+)?$/,
  /^session\.store\.(notBefore\.)?(url|password|sentinel\.password|tls\.key)$/,
  /^identity\.assertion\.keys(\.\d+)?$/,
  /^routes\.\d+\.upstream\.key$/,
]

const filePlaces = [
  /^server\.tls\.(cert|key)$/,
  /^providers\.\d+\.ca$/,
  /^session\.store\.(notBefore\.)?tls\.(ca|cert|key)$/,
  /^identity\.assertion\.keys\.\d+$/,
  /^routes\.\d+\.upstream\.(ca|cert|key)$/,
]

/** The value is never quoted in a message, wherever it came from. */
export const holdsSecret = (path: Path): boolean => isAt(secretPlaces, path)

/** The value is PEM text or the name of a file with PEM text in it. */
export const namesFile = (path: Path): boolean => isAt(filePlaces, path)

const isAt = (places: readonly RegExp[], path: Path): boolean => {
  const written = path.join('.')
  return places.some(place => place.test(written))
}
