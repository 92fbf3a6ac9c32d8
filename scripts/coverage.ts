// `npm run coverage:field`: what stands for each published attack, each certification module and each lesson; fails when something is missing.
import { coverageOf, type Entry, type FieldName, fields, problemOf } from '../test/support/coverage.ts'

const names = Object.keys(fields) as FieldName[]
const problems = names.flatMap(name => print(name, coverageOf(name)))

console.log(problems.length === 0 ? '\nnothing is missing' : `\n${problems.join('\n')}\n${problems.length} to mend`)
process.exitCode = problems.length === 0 ? 0 : 1

/** Prints the table of one list; what is wrong with it comes back. */
function print(name: FieldName, entries: readonly Entry[]): readonly string[] {
  const found = entries.flatMap(entry => problemOf(entry) ?? [])
  console.log(`\n== ${name}: ${entries.length - found.length} of ${entries.length}`)
  for (const { id, about, tests, reasons } of entries) {
    console.log(`${id}  ${about}`)
    for (const place of [...tests, ...reasons]) console.log(`    ${place}`)
  }
  return found
}
