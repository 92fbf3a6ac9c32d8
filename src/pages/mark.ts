// The mark: a sally port, two arches one behind the other. Small beside the name, large as the page's only picture.
import { dangerouslyTrustedMarkup, html, type Markup } from './html.ts'

/** An arch on the ground line y = 28, as wide as its feet are apart. */
const arch = (left: number, right: number, shoulder: number): string =>
  `M${left} 28V${shoulder}a${(right - left) / 2} ${(right - left) / 2} 0 0 1 ${right - left} 0V28`

const outer = arch(4, 28, 16)
const inner = arch(10, 22, 17)

export const mark: Markup = html`<svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false"><path d="${outer}"/><path class="inner" d="${inner}"/></svg>`

/** Whether the inner door of the picture stands open. */
export type Door = 'open' | 'shut'

// Vault behind vault, drawn as a mason would: every arch a step further in, the last one filled by light or by a gate.
const vaults: readonly string[] = [0, 1, 2, 3].map(
  step =>
    `M${20 + step * 40} 520V${200 + step * 34}a${180 - step * 40} ${180 - step * 40} 0 0 1 ${360 - step * 80} 0V520`,
)
const doorway = 'M140 520V302a60 60 0 0 1 120 0V520Z'
const bars = 'M164 254V520M188 243V520M212 243V520M236 254V520M140 320H260M140 372H260M140 424H260M140 476H260'

export const picture = (
  door: Door,
): Markup => html`<svg class="picture" viewBox="0 0 400 524" aria-hidden="true" focusable="false">
  ${vaults.map(d => html`<path d="${d}"/>`)}
  <path class="doorway ${door}" d="${doorway}"/>
  ${door === 'shut' && html`<path class="bars" d="${bars}"/>`}
  <path class="ground" d="M0 521H400"/>
</svg>`

const iconSvg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><g fill="none" stroke="#0b6b5d" stroke-width="2.5" stroke-linecap="round"><path d="${outer}"/><path d="${inner}"/></g></svg>`

/** In the page itself: a browser that must ask for an icon would knock at the guarded application. */
export const icon: Markup = dangerouslyTrustedMarkup(
  `<link rel="icon" href="data:image/svg+xml;base64,${Buffer.from(iconSvg).toString('base64')}">`,
)
