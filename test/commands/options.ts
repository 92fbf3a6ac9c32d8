import t from 'tap'
import { readOption } from '../../src/commands/options.ts'

t.test('an option is read in both spellings, wherever it stands', async t => {
  t.equal(readOption(['--config', 'a.yaml'], '--config'), 'a.yaml')
  t.equal(readOption(['--config=a.yaml'], '--config'), 'a.yaml')
  t.equal(readOption(['--other', 'x', '--config', 'a.yaml', 'y'], '--config'), 'a.yaml')
  t.equal(readOption(['--config=a=b'], '--config'), 'a=b')
})

t.test('what is not there is undefined, and a longer name is another option', async t => {
  t.equal(readOption([], '--config'), undefined)
  t.equal(readOption(['--config'], '--config'), undefined)
  t.equal(readOption(['--configuration=a', '--config-file', 'b'], '--config'), undefined)
})
