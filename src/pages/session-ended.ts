// Why somebody who was signed in is not any more, in words for them.
import type { LoginReason } from '../core/decide.ts'

export const whyNoSession: Readonly<Record<LoginReason, string>> = {
  'no-session': 'You are not signed in.',
  'session-idle': 'Your session has ended, because it was not used for a while.',
  'session-over': 'Your session has ended, because it lasted as long as it may.',
  'session-revoked':
    'Your session was ended from elsewhere: on another device of yours, by an administrator or by your identity provider.',
  'session-unknown': 'Your session has ended.',
  'session-unreadable': 'Your session cannot be read any more.',
}
