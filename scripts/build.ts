// `npm run build`: dist/, the JavaScript of the npm package and of the image, with an executable dist/main.js.
import { spawnSync } from 'node:child_process'
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

process.chdir(dirname(import.meta.dirname))
// What an earlier build left must not be packed.
rmSync('dist', { recursive: true, force: true })
const compiled = spawnSync('node_modules/.bin/tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' })
if (compiled.status === 0) makeExecutable('dist/main.js')
else process.exitCode = 1

function makeExecutable(file: string): void {
  const code = readFileSync(file, 'utf8')
  const shebang = '#!/usr/bin/env node\n'
  if (!code.startsWith(shebang)) writeFileSync(file, shebang + code)
  chmodSync(file, 0o755)
}
