// The demo application's own look: warm and round, so that nobody takes it for the gateway.

export const appStyle = `
:root { color-scheme: light dark; --page: #fbf3e6; --card: #fffdf8; --ink: #2f241b; --soft: #6f5d4e; --line: #eadbc4; --clay: #a8451f; --on-clay: #ffffff; --glow: #fbe3cf; --good: #2d6a2f; }
@media (prefers-color-scheme: dark) { :root { --page: #1f1813; --card: #2a211a; --ink: #f4eadd; --soft: #c3b1a0; --line: #44372c; --clay: #f0976c; --on-clay: #2a130a; --glow: #3a2a1f; --good: #8fd08f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 1rem/1.6 "Segoe UI", -apple-system, Roboto, "Helvetica Neue", Arial, sans-serif; }
header, main { max-width: 60rem; margin: 0 auto; padding: 0 1.25rem; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem .9rem; padding-top: 1.5rem; }
p { margin: 0; }
.brand { font: 700 1.35rem/1.4 Georgia, "Liberation Serif", serif; }
.brand span { color: var(--clay); }
.tag, .small, .note { color: var(--soft); font-size: .9375rem; }
main { display: grid; gap: 1.25rem; padding-top: 1.25rem; padding-bottom: 3rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 1.1rem; padding: 1.25rem 1.5rem; min-width: 0; }
.who { display: flex; flex-wrap: wrap; gap: 1rem; justify-content: space-between; align-items: center; background: var(--glow); padding: 1.75rem 1.5rem; }
h1 { margin: 0; font: 700 2.6rem/1.2 Georgia, "Liberation Serif", serif; overflow-wrap: anywhere; }
h2 { margin: 0 0 .75rem; font-size: 1rem; display: flex; justify-content: space-between; align-items: center; gap: 1rem; }
ul { list-style: none; display: flex; flex-wrap: wrap; gap: .5rem; margin: .75rem 0 0; padding: 0; }
li, .state { padding: .1rem .7rem; border-radius: 1rem; background: var(--card); border: 1px solid var(--line); font-size: .875rem; font-weight: 400; }
.state { color: var(--soft); background: none; }
.state.connected { color: var(--good); border-color: currentColor; }
.state.closed { color: var(--clay); border-color: currentColor; }
.asked { font-size: 1.05rem; overflow-wrap: anywhere; }
.asked span { color: var(--clay); font-weight: 700; }
code, td, .clock { font-family: ui-monospace, Menlo, Consolas, "Liberation Mono", monospace; }
.live { display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: 1.25rem; }
label { display: block; font-size: .9375rem; color: var(--soft); }
.row { display: flex; gap: .5rem; margin: .25rem 0 .75rem; }
input { flex: 1; min-width: 0; font: inherit; color: inherit; background: var(--page); border: 1px solid var(--soft); border-radius: .7rem; padding: .45rem .75rem; }
button, .out { display: inline-block; font: inherit; font-weight: 600; text-decoration: none; color: var(--on-clay); background: var(--clay); border: 0; border-radius: .7rem; padding: .5rem 1.1rem; cursor: pointer; }
:focus-visible { outline: 3px solid var(--clay); outline-offset: 2px; }
output { display: block; min-height: 1.6em; color: var(--soft); overflow-wrap: anywhere; }
output.said { color: var(--ink); font-size: 1.15rem; }
.clock { font-size: 2.4rem; line-height: 1.3; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .45rem .75rem; border-top: 1px solid var(--line); }
thead th { border: 0; color: var(--soft); font-weight: 400; }
tbody th { font-weight: 600; white-space: nowrap; }
td { overflow-wrap: anywhere; min-width: 14rem; }
.told { background: var(--glow); }
@media (max-width: 40rem) {
  thead { display: none; }
  tr, th, td { display: block; }
  tr { border-top: 1px solid var(--line); padding: .4rem .6rem; }
  th, td { border: 0; padding: 0; min-width: 0; }
}
`
