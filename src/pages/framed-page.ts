// The page for an invisible frame of the provider: all that is read of it is that it loaded.
import { type Html, html, htmlDocument } from './html.ts'

export const framedPage = (): Html =>
  htmlDocument(html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Signed out</title></head>
<body><p>Signed out.</p></body>
</html>
`)

/** Like those of our other pages (see page-headers.ts), but these origins may frame it: no X-Frame-Options, which can name none. */
export const framedPageHeaders = (origins: readonly string[]): Record<string, string> => ({
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${origins.join(' ')}`,
  ].join('; '),
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'cross-origin',
})
