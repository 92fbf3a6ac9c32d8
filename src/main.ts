#!/usr/bin/env node
// Run the command named on the command line; its outcome becomes the exit code.
import { nodeProblem } from './node-floor.ts'

const problem = nodeProblem(process.versions.node)
if (problem) {
  process.stderr.write(`sallyport: ${problem}\n`)
  process.exitCode = 1
} else {
  // Loaded only now: an old Node may not even parse what comes next.
  const { run } = await import('./commands/index.ts')
  process.exitCode = await run(process.argv.slice(2))
}
