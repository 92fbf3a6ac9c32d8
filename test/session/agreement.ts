import t from 'tap'
import { agreeHere } from '../../src/session/agreement.ts'
import { keepsTheAgreementContract } from '../contracts/agreement.ts'

t.test('the requests of one process agree', async t => {
  keepsTheAgreementContract(t, () => {
    const here = agreeHere()
    return [here, here]
  })
})
