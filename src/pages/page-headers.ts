// The headers that go with our own pages: nothing runs, nothing is fetched, nothing is framed, nothing is kept.
import { styleHash } from './style.ts'

/**
 * `form` for pages with a sign-out button, `formless` for all others.
 *
 * Chromium applies form-action to every redirect that follows a submitted form, and a sign-out goes on to the identity
 * provider, which may lead through hosts of its own that nobody can list beforehand: `form-action 'self'` would leave
 * people signed in there. So form pages go without it; their one form carries nothing that could be stolen. They also
 * name their origin to themselves (Fetch 3.2: `no-referrer` would make the form's own Origin `null`).
 */
export function pageHeaders(kind: 'form' | 'formless' = 'form'): Record<string, string> {
  const formless = kind === 'formless'
  return {
    'content-security-policy': [...policy, ...(formless ? ["form-action 'none'"] : [])].join('; '),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': formless ? 'no-referrer' : 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'x-frame-options': 'DENY',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
  }
}

// The icon is a data: image of our own (see mark.ts).
const policy = [
  "default-src 'none'",
  `style-src ${styleHash}`,
  'img-src data:',
  "base-uri 'none'",
  "frame-ancestors 'none'",
]
