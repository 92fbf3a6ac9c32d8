// One login at one provider: an exchange, and what was begun in the browser.
import type { PendingLogin } from '../core/pending-login.ts'
import type { Exchange } from './exchange.ts'

export type Login = Exchange & { readonly pending: PendingLogin }
