// How the frames of a profile are called: by function and line, by room of the house, and which of them are ours.
import type { Frame, Naming } from './cpu-profile.ts'

export type Names = { readonly byFunction: Naming; readonly byRoom: Naming; readonly ours: Naming }

/** `root` is where the gateway was built: its code is in `root`/dist. */
export function namesIn(root: string): Names {
  const own = `file://${root}/dist/`
  const byFunction = (frame: Frame): string => {
    const { functionName, url, lineNumber } = frame
    return url === '' ? functionName : `${functionName || '(anonymous)'}  ${placeOf(url, own)}:${lineNumber + 1}`
  }
  return {
    byFunction,
    byRoom: frame => roomOf(frame, own),
    ours: frame => (frame.url.startsWith(own) ? byFunction(frame) : undefined),
  }
}

/** The compiled file below src, the file of a package, or the part of Node. */
function placeOf(url: string, own: string): string {
  if (url.startsWith(own)) return url.slice(own.length)
  const [, inPackage = url] = /.*\/node_modules\/(.+)$/.exec(url) ?? []
  return inPackage
}

function roomOf({ functionName, url }: Frame, own: string): string {
  // Code without a file is the engine's own or Node's in C++: system calls above all.
  if (url === '') return functionName.startsWith('(') ? functionName : 'built-in functions and system calls'
  if (url.startsWith('wasm:')) return 'undici (WebAssembly)'
  if (url.startsWith('node:')) return url.split('/').slice(0, 2).join('/')
  const place = placeOf(url, own)
  if (url.startsWith(own)) return `src/${place.split('/', 1)[0]}`
  return place
    .split('/')
    .slice(0, place.startsWith('@') ? 2 : 1)
    .join('/')
}
