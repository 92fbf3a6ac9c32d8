// Loads oidc-provider without its remark that it would rather run on a long-term release: nobody who tries a demo can act on it.
import type Provider from 'oidc-provider'

export async function loadOidcProvider(): Promise<typeof Provider> {
  const { warn } = console
  console.warn = (...words: unknown[]) => {
    if (!String(words[0]).includes('Unsupported runtime')) warn(...words)
  }
  try {
    return (await import('oidc-provider')).default
  } finally {
    console.warn = warn
  }
}
