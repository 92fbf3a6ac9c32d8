import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { type FormReading, readForm } from '../../src/endpoints/form.ts'
import { openRaw, sendRaw } from '../support/raw.ts'

/** Reads every body as a form and keeps what it read. */
async function reader(t: Test) {
  const readings: FormReading[] = []
  const read = Promise.withResolvers<FormReading>()
  const answer = (res: ServerResponse) => (reading: FormReading) => {
    readings.push(reading)
    read.resolve(reading)
    res.writeHead(reading.ok ? 200 : 400, { connection: 'close' }).end()
  }
  const server = createServer((req, res) => void readForm(req, res).then(answer(res)))
  server.on('checkContinue', (req, res) => void readForm(req, res).then(answer(res)))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  const head = (type: string, more: string) =>
    `POST / HTTP/1.1\r\nHost: x\r\n${type === '' ? '' : `Content-Type: ${type}\r\n`}${more}\r\n\r\n`
  const send = async (body: string, type = 'application/x-www-form-urlencoded', more = '') => {
    await sendRaw(port, head(type, `${more}Content-Length: ${Buffer.byteLength(body, 'latin1')}`) + body)
    return readings.at(-1)
  }
  return { port, head, send, first: read.promise }
}

const paramsOf = (reading: FormReading | undefined) => (reading?.ok ? [...reading.params] : reading)

t.test('a form is read as browsers write it', async t => {
  const { send } = await reader(t)
  t.same(paramsOf(await send('a=1&b=%C3%A4+%26&a=2')), [
    ['a', '1'],
    ['b', 'ä &'],
    ['a', '2'],
  ])
  t.same(paramsOf(await send('')), [])
  for (const type of [
    'Application/X-WWW-Form-Urlencoded',
    'application/x-www-form-urlencoded; charset=UTF-8',
    'application/x-www-form-urlencoded;charset="utf-8"',
  ])
    t.match(await send('a=1', type), { ok: true }, type)
})

t.test('anything else is no form (Z-17)', async t => {
  const { send } = await reader(t)
  for (const type of [
    ...['', 'text/plain', 'application/json', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded2'],
    ...['application/x-www-form-urlencoded; charset=utf-16', 'application/x-www-form-urlencoded; a=b'],
    'text/plain, application/x-www-form-urlencoded',
  ])
    t.match(await send('a=1', type), { ok: false, code: 'request-malformed' }, type)
  t.match(await send('a=1', undefined, 'Content-Encoding: gzip\r\n'), { ok: false, code: 'request-malformed' })
  t.match(await send('a=\xff\xfe'), { ok: false, found: 'a form that is not UTF-8' })
})

t.test('more than 64 KiB is not read', async t => {
  const { send, port, head } = await reader(t)
  t.match(await send('x'.repeat(65_536)), { ok: true })
  t.match(await send('x'.repeat(65_537)), { ok: false, code: 'body-too-large' })
  const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`
  const endless = `${head('application/x-www-form-urlencoded', 'Transfer-Encoding: chunked')}${chunk.repeat(5)}`
  t.equal((await sendRaw(port, endless)).status, 400, 'and the answer comes before its end')
})

t.test('a body is asked for only when it is a form', async t => {
  const { port, head } = await reader(t)
  const expectation = 'Expect: 100-continue\r\nContent-Length: 3'
  const refused = await sendRaw(port, head('text/plain', expectation))
  t.match(refused, { status: 400, informational: [] })
  const welcome = await openRaw(port)
  t.teardown(() => welcome.socket.destroy())
  welcome.send(head('application/x-www-form-urlencoded', expectation))
  const asked = await new Promise(resolve => welcome.socket.once('readable', () => resolve(true)))
  t.ok(asked)
  welcome.send('a=1')
  const answer = await welcome.answer()
  t.equal(answer?.status, 200)
  t.equal(answer?.informational.length, 1)
})

t.test('a client that leaves in the middle is no failure of ours', async t => {
  const { port, head, first } = await reader(t)
  const connection = await openRaw(port)
  connection.send(`${head('application/x-www-form-urlencoded', 'Content-Length: 100')}a=1`)
  connection.socket.end()
  t.match(await first, { ok: false, code: 'request-malformed' })
})
