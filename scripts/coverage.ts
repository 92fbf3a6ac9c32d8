// `npm run coverage:field`: what stands for each published attack, each certification module and each lesson; fails when something is missing.
import { coverageOf, type Entry, type FieldName, fields, isMissing, isOutOfDate } from '../test/support/coverage.ts'

const names = Object.keys(fields) as FieldName[]
const tables = names.map(name => ({ name, entries: coverageOf(name) }))
for (const { name, entries } of tables) printTable(name, entries)
console.log('\n== result')
for (const { name, entries } of tables) printResult(name, entries)

function printTable(name: FieldName, entries: readonly Entry[]): void {
  console.log(`\n== ${name}`)
  for (const { id, about, tests, reasons } of entries) {
    console.log(`${id}  ${about}`)
    for (const place of [...tests, ...reasons]) console.log(`    ${place}`)
  }
}

function printResult(name: FieldName, entries: readonly Entry[]): void {
  const missing = entries.filter(isMissing).map(({ id }) => id)
  const outOfDate = entries.filter(isOutOfDate).map(({ id }) => id)
  console.log(`${name}: ${entries.length - missing.length} of ${entries.length}`)
  if (missing.length > 0) console.log(`  no test and no reason: ${missing.join(', ')}`)
  if (outOfDate.length > 0)
    console.log(`  a test, so no reason in ${fields[name].document} any more: ${outOfDate.join(', ')}`)
  if (missing.length + outOfDate.length > 0) process.exitCode = 1
}
