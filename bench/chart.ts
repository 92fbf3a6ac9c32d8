// Bars with their range, as SVG: one row per contestant, readable on light and dark paper, nothing but rectangles, lines and text.

export type Bar = {
  readonly name: string
  readonly value: number
  readonly min: number
  readonly max: number
  /** Drawn in the colour of the house. */
  readonly ours: boolean
  /** Written behind the bar. */
  readonly label: string
}

export type Chart = { readonly title: string; readonly subtitle: string; readonly bars: readonly Bar[] }

const WIDTH = 860
const NAMES = 310
const LABELS = 165
const TOP = 76
const ROW = 30
const THICK = 16
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]

const style = `
  svg { font: 13px system-ui, sans-serif; }
  .paper { fill: #fff; } .ink { fill: #1f2933; } .soft { fill: #616e7c; } .grid { stroke: #e4e7eb; }
  .ours { fill: #b44d12; } .theirs { fill: #9aa5b1; } .range { stroke: #1f2933; stroke-width: 1.5; }
  .title { font-size: 17px; font-weight: 600; }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #16191d; } .ink { fill: #e4e7eb; } .soft { fill: #9aa5b1; } .grid { stroke: #323f4b; }
    .ours { fill: #f08c4b; } .theirs { fill: #52606d; } .range { stroke: #e4e7eb; }
  }`

export function chart({ title, subtitle, bars }: Chart): string {
  const height = TOP + bars.length * ROW + 34
  const most = Math.max(...bars.map(({ max }) => max))
  const x = (value: number): number => round(NAMES + (value / most) * (WIDTH - NAMES - LABELS))
  const bottom = TOP + bars.length * ROW
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title">
<style>${style}
</style>
<rect class="paper" width="${WIDTH}" height="${height}"/>
<text id="title" class="ink title" x="20" y="32">${markup(title)}</text>
<text class="soft" x="20" y="54">${markup(subtitle)}</text>
${ticks(most)
  .map(tick => gridLine(x(tick), bottom, String(tick)))
  .join('\n')}
${bars.map((bar, index) => row(bar, TOP + index * ROW, x)).join('\n')}
</svg>
`
}

/** Round numbers, five or so of them. */
function ticks(most: number): readonly number[] {
  const step = STEPS.find(each => most / each <= 6) ?? most
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => round(index * step))
}

const gridLine = (x: number, bottom: number, label: string): string =>
  `<line class="grid" x1="${x}" x2="${x}" y1="${TOP - 6}" y2="${bottom}"/><text class="soft" x="${x}" y="${bottom + 18}" text-anchor="middle">${label}</text>`

function row({ name, value, min, max, ours, label }: Bar, top: number, x: (value: number) => number): string {
  const middle = top + THICK / 2
  const baseline = top + 13
  return `<g>
<text class="ink" x="${NAMES - 12}" y="${baseline}" text-anchor="end">${markup(name)}</text>
<rect class="${ours ? 'ours' : 'theirs'}" x="${x(0)}" y="${top}" width="${round(x(value) - x(0))}" height="${THICK}" rx="2"/>
<line class="range" x1="${x(min)}" x2="${x(max)}" y1="${middle}" y2="${middle}"/>
<text class="ink" x="${round(x(max) + 10)}" y="${baseline}">${markup(label)}</text>
</g>`
}

const round = (number: number): number => Math.round(number * 10) / 10

const markup = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
