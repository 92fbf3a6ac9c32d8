// The reader of answers: it takes only what was expected, however the bytes are cut.
import t, { type Test } from 'tap'
import { AnswerReader } from '../../bench/answer-reader.ts'

const right = 'HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 5\r\n\r\nhello'

function outcomes(chunks: readonly string[]): ReadonlyArray<string | undefined> {
  const told: Array<string | undefined> = []
  const reader = new AnswerReader(Buffer.from('hello'), problem => told.push(problem))
  // One buffer for all, as the sockets of the generator have.
  const shared = Buffer.alloc(500)
  for (const chunk of chunks) reader.read(shared.subarray(0, shared.write(chunk, 'latin1')))
  return told
}

t.test('the right answer is right wherever it is cut', async t => {
  t.strictSame(outcomes([right]), [undefined])
  t.strictSame(outcomes([right, right]), [undefined, undefined])
  t.strictSame(outcomes(right.split('')), [undefined])
  for (let at = 1; at < right.length; at++) t.strictSame(outcomes([right.slice(0, at), right.slice(at)]), [undefined])
})

const wrong = (t: Test, answer: string, expected: string) => t.strictSame(outcomes([answer]), [expected])

t.test('anything else is told', async t => {
  wrong(t, right.replace('200 OK', '302 Found'), 'HTTP/1.1 302 Found')
  wrong(t, right.replace('hello', 'hellu'), 'another body')
  wrong(t, right.replace('h: 5', 'h: 4'), 'content-length 4')
  wrong(t, right.replace('Content-Length: 5', 'Transfer-Encoding: chunked'), 'content-length undefined')
  wrong(t, `${right}!`, 'more than the answer')
})
