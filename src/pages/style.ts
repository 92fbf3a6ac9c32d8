// The one style of our pages, and its hash for the Content-Security-Policy.
import { createHash } from 'node:crypto'

export const style = `
:root {
  color-scheme: light dark;
  --paper: #f7f6f3; --ink: #1c2024; --soft: #575f66; --line: #d9d6ce;
  --accent: #0b6b5d; --accent-deep: #075146; --on-accent: #ffffff; --wash: #ebf1ee; --shade: #e9e6df;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --ink: #e9ebec; --soft: #a2abb2; --line: #3a4147;
    --accent: #62c9b5; --accent-deep: #8adccb; --on-accent: #08211c; --wash: #1b2626; --shade: #1e2327;
  }
}
* { box-sizing: border-box; }
html { font: 100%/1.6 "Segoe UI", -apple-system, Roboto, "Helvetica Neue", Arial, sans-serif; -webkit-text-size-adjust: 100%; }
body { margin: 0; min-height: 100vh; min-height: 100dvh; display: flex; flex-direction: column; background: var(--paper); color: var(--ink); }
header, main, footer { width: 100%; max-width: 68rem; margin: 0 auto; padding: 0 clamp(1.5rem, 6vw, 4rem); }
header { padding-top: clamp(1.5rem, 4vh, 2.5rem); display: flex; align-items: center; gap: .65rem; font-weight: 600; letter-spacing: .01em; }
main { flex: 1; display: grid; align-items: center; gap: 2rem 5rem; padding-top: 3rem; padding-bottom: 3rem; }
.mark { width: 1.75rem; height: 1.75rem; flex: none; }
.mark path { fill: none; stroke: var(--ink); stroke-width: 2.5; stroke-linecap: round; }
.mark .inner { stroke: var(--accent); }
.status { display: inline-block; margin: 0 0 1.25rem; padding: .1rem .65rem; border: 1px solid var(--line); border-radius: 1rem; font-size: .8125rem; color: var(--soft); }
h1 { margin: 0 0 .85rem; font-size: clamp(1.85rem, 1.4rem + 2vw, 2.6rem); font-weight: 600; line-height: 1.15; letter-spacing: -.022em; text-wrap: balance; }
p { margin: 0 0 1rem; max-width: 34rem; overflow-wrap: anywhere; }
.lead { font-size: 1.125rem; color: var(--soft); text-wrap: pretty; }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 2rem; }
.actions form { margin: 0; }
.button { display: inline-block; padding: .65rem 1.25rem; border: 1px solid var(--accent); border-radius: .5rem; font: inherit; font-weight: 600; line-height: 1.5; text-decoration: none; cursor: pointer; color: var(--on-accent); background: var(--accent); }
.button:hover { background: var(--accent-deep); border-color: var(--accent-deep); }
.button.quiet { color: var(--ink); background: transparent; border-color: var(--line); }
.button.quiet:hover { border-color: var(--soft); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; border-radius: .5rem; }
.advice { max-width: 34rem; margin: 2rem 0 0; padding: 1rem 1.25rem; border-left: 3px solid var(--accent); background: var(--wash); font-size: .9375rem; }
.advice h2 { margin: 0 0 .25rem; font-size: .875rem; font-weight: 600; }
.advice p { margin: 0; }
.devices { max-width: 42rem; margin: 2rem 0 0; padding: 0; list-style: none; border-top: 1px solid var(--line); }
.devices li { display: flex; align-items: center; justify-content: space-between; gap: 1rem 2rem; padding: 1.1rem 0; border-bottom: 1px solid var(--line); }
.devices h2 { margin: 0 0 .2rem; font-size: 1.0625rem; font-weight: 600; line-height: 1.4; overflow-wrap: anywhere; }
.devices p { margin: 0; font-size: .9375rem; color: var(--soft); }
.devices form { flex: none; }
.devices .button { padding: .4rem .9rem; font-size: .9375rem; }
.here { display: inline-block; margin-left: .35rem; padding: 0 .55rem; border-radius: 1rem; font-size: .8125rem; font-weight: 500; color: var(--on-accent); background: var(--accent); }
.beyond { margin-top: 1rem; font-size: .9375rem; color: var(--soft); }
code { font: .92em/1.5 ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace; overflow-wrap: anywhere; }
footer { padding-top: 1.25rem; padding-bottom: 1.75rem; font-size: .875rem; color: var(--soft); }
footer p { margin: 0; padding-top: 1.25rem; max-width: none; border-top: 1px solid var(--line); }
footer code { display: inline-block; color: var(--ink); user-select: all; }
.picture { display: none; }
.picture path { fill: none; stroke: var(--line); stroke-width: 2.5; }
.picture .doorway.open { fill: var(--accent); stroke: none; }
.picture .doorway.shut { fill: var(--shade); stroke: var(--accent); stroke-width: 3; }
.picture .bars { stroke: var(--accent); stroke-width: 3; }
.picture .ground { stroke: var(--soft); }
@media (min-width: 56rem) {
  main { grid-template-columns: minmax(0, 1fr) 17rem; }
  .picture { display: block; width: 17rem; }
}
@media (max-width: 30rem) {
  main { align-items: start; padding-top: 4rem; }
  .actions, .actions form { width: 100%; }
  .button { width: 100%; text-align: center; }
  .devices li { display: block; }
  .devices form { margin-top: .85rem; }
}
@media (forced-colors: active) { .button { border: 1px solid ButtonText; } .picture { display: none; } }
`

/** As a CSP source expression (CSP3 2.3.1): the hash of exactly what stands between the style tags. */
export const styleHash = `'sha256-${createHash('sha256').update(style).digest('base64')}'`
