// The process dies before tap can say anything.
import t from 'tap'

t.test('passes first', async t => t.ok(true))
t.test('takes the process down', async () => {
  process.kill(process.pid, 'SIGKILL')
})
