// Configurations that live inside other files (a chart, a manifest, a recipe), loaded as the gateway would load them.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Test } from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import { makeAuthority } from './certificates.ts'

/** Where such configurations expect secrets. */
const secretFolders = ['/run/secrets/sallyport', '/run/credentials/sallyport.service']

/** Loads a configuration as if every secret that it names were there. */
export async function loadText(t: Test, yaml: string) {
  const folder = t.testdir()
  const text = secretFolders.reduce((text, name) => text.replaceAll(name, folder), yaml)
  for (const file of filesNamedIn(text, folder)) writeSecret(file, folder)
  writeFileSync(join(folder, 'sallyport.yaml'), text)
  return loadConfig(join(folder, 'sallyport.yaml'), { env: environmentFor(text) })
}

const filesNamedIn = (text: string, folder: string): string[] =>
  text.match(/\/[\w./-]+/g)?.filter(path => path.startsWith(`${folder}/`)) ?? []

function writeSecret(file: string, folder: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, secretFor(file, folder))
}

function secretFor(file: string, folder: string): string | Buffer {
  if (file.endsWith('.crt')) return makeAuthority(folder).ca
  return file.endsWith('.pem') ? signingKey() : randomBytes(32).toString('base64')
}

const signingKey = () =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' })

const environmentFor = (text: string): Record<string, string> =>
  Object.fromEntries(Array.from(text.matchAll(/\$\{env:(\w+)\}/g), match => [match[1] ?? '', 'from-the-environment']))
