// The look of the demo's identity provider: a card on indigo, plainly somebody else's house.

export const providerStyle = `
:root { color-scheme: light dark; --back: #3a3590; --card: #ffffff; --ink: #20233a; --soft: #5c6080; --line: #d8daea; --violet: #4338a8; --on-violet: #ffffff; --hover: #f1f0fb; --bad: #a3123a; }
@media (prefers-color-scheme: dark) { :root { --back: #16152f; --card: #20213a; --ink: #ececf8; --soft: #b3b5d1; --line: #3d3f61; --violet: #b1a6ff; --on-violet: #19163a; --hover: #2b2c4c; --bad: #ff9db4; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; align-items: center; justify-content: center; padding: 1.5rem 1rem; background: var(--back); color: var(--ink); font: 1rem/1.5 "Segoe UI", -apple-system, Roboto, "Helvetica Neue", Arial, sans-serif; }
main { width: 100%; max-width: 26rem; padding: 2rem; border-radius: 1rem; background: var(--card); box-shadow: 0 .5rem 1.5rem rgb(10 10 40 / .3); }
p { margin: 0; }
.brand { display: flex; align-items: center; gap: .6rem; font-size: .875rem; font-weight: 600; color: var(--violet); }
.brand span { width: 1.1rem; height: 1.1rem; border-radius: 50%; border: .3rem solid currentColor; }
h1 { margin: 1.25rem 0 .1rem; font-size: 1.6rem; line-height: 1.25; }
.to, .soft { color: var(--soft); }
ul { list-style: none; margin: 1.25rem 0 0; padding: 0; display: grid; gap: .5rem; }
button { font: inherit; cursor: pointer; }
.person { display: flex; align-items: center; gap: .8rem; width: 100%; padding: .55rem .8rem; text-align: left; color: inherit; background: none; border: 1px solid var(--line); border-radius: .7rem; }
.person:hover { background: var(--hover); border-color: var(--violet); }
.face { flex: none; width: 2.25rem; height: 2.25rem; border-radius: 50%; display: grid; place-items: center; font-weight: 600; color: var(--on-violet); background: var(--violet); }
.who { flex: 1; display: grid; line-height: 1.35; }
.who .soft, .note { font-size: .8125rem; }
.note { color: var(--soft); text-align: right; max-width: 10rem; }
.or { margin: 1.25rem 0 .5rem; display: flex; align-items: center; gap: .75rem; font-size: .8125rem; color: var(--soft); }
.or::before, .or::after { content: ""; flex: 1; border-top: 1px solid var(--line); }
label { display: block; margin-top: .6rem; font-size: .875rem; font-weight: 600; }
label .soft { font-weight: 400; }
input { width: 100%; margin-top: .2rem; padding: .5rem .75rem; font: inherit; color: inherit; background: transparent; border: 1px solid var(--soft); border-radius: .6rem; }
.main { width: 100%; margin-top: 1.1rem; padding: .6rem 1rem; font-weight: 600; color: var(--on-violet); background: var(--violet); border: 0; border-radius: .6rem; }
.main:is(a) { display: block; text-align: center; text-decoration: none; }
.main:hover { filter: brightness(1.08); }
:focus-visible { outline: 3px solid var(--violet); outline-offset: 2px; }
.problem { margin-top: .5rem; color: var(--bad); font-weight: 600; overflow-wrap: anywhere; }
.code { margin-top: 1rem; color: var(--soft); }
footer { margin-top: 1.25rem; font-size: .8125rem; color: #e4e2fb; text-align: center; }
`
