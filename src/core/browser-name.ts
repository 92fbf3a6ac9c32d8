// A User-Agent header in words that its owner recognises: "Firefox on Linux". For lists only; no decision may rest on it.

/** Of several that fit, the first: nearly every browser also claims to be Chrome, Safari and Mozilla (RFC 9110 10.1.5). */
const browsers: ReadonlyArray<readonly [name: string, sign: RegExp]> = [
  ['Edge', /\bEdg(?:e|A|iOS)?\//],
  ['Opera', /\b(?:OPR|OPT|Opera)\//],
  ['Vivaldi', /\bVivaldi\//],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Firefox', /\b(?:Firefox|FxiOS)\//],
  ['Chrome', /\b(?:Chrome|Chromium|CriOS|HeadlessChrome)\//],
  ['Safari', /\bVersion\/\S+ (?:Mobile\/\S+ )?Safari\//],
]

const systems: ReadonlyArray<readonly [name: string, sign: RegExp]> = [
  ['iPhone', /\(iPhone\b/],
  ['iPad', /\(iPad\b/],
  ['Android', /\bAndroid\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['Windows', /\bWindows NT\b/],
  ['macOS', /\bMacintosh\b/],
  ['Linux', /\b(?:Linux|X11)\b/],
]

const MOST_CHARACTERS = 60

/** What is not a browser that we know is shown as it called itself, cut. */
export function browserName(userAgent: string): string {
  const browser = firstFit(browsers, userAgent)
  const system = firstFit(systems, userAgent)
  if (browser && system) return `${browser} on ${system}`
  return browser ?? asItCallsItself(userAgent)
}

const firstFit = (known: typeof browsers, userAgent: string): string | undefined =>
  known.find(([, sign]) => sign.test(userAgent))?.[0]

/** Without characters that nobody sees: a terminal would obey some of them, and others turn the text around. */
function asItCallsItself(userAgent: string): string {
  const characters = [...userAgent.toWellFormed().replace(/\p{C}/gu, '').trim()]
  if (characters.length === 0) return 'Unknown browser'
  return characters.length > MOST_CHARACTERS
    ? `${characters.slice(0, MOST_CHARACTERS - 1).join('')}…`
    : characters.join('')
}
