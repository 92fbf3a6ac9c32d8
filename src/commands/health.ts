// `health`: asks the admin listener whether the gateway lives, for images that have no shell and no curl.
import { http } from '../node-http.ts'
import { readOption } from './options.ts'

const TIMEOUT_MS = 3000

export function health(args: readonly string[]): Promise<number> {
  const url = readOption(args, '--url') ?? 'http://127.0.0.1:9090/livez'
  return new Promise(resolve => {
    const fail = (why: string) => {
      process.stderr.write(`${why}\n`)
      resolve(1)
    }
    const request = http.get(url, { timeout: TIMEOUT_MS }, response => {
      response.resume()
      if (response.statusCode === 200) resolve(0)
      else fail(`${url} answered ${response.statusCode}`)
    })
    request.on('timeout', () => request.destroy(new Error('no answer in time')))
    request.on('error', error => fail(`${url}: ${error.message}`))
  })
}
