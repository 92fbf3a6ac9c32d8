// Markup as values: a template tag that escapes whatever is put into it, so that no text can become markup.

/** A piece of markup. Only this room makes one, so being one is the proof that everything in it was escaped. */
class Markup {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  toString(): string {
    return this.#text
  }
}

export type { Markup }

/** What a template takes: `false` and `undefined` leave nothing behind, lists are joined. */
export type Interpolation = Markup | string | number | false | undefined | readonly Interpolation[]

declare const whole: unique symbol

/** A whole document, ready to be sent as text/html. */
export type Html = string & { readonly [whole]: true }

/** Escapes every value for text and for quoted attributes alike; in a template an attribute is always quoted. */
export function html(pieces: TemplateStringsArray, ...values: readonly Interpolation[]): Markup {
  return new Markup(pieces.map((piece, index) => piece + (index < values.length ? render(values[index]) : '')).join(''))
}

export const htmlDocument = (markup: Markup): Html => String(markup) as Html

/** Text of our own source code that is markup already (a style, a drawing). Never anything that came from outside. */
export const dangerouslyTrustedMarkup = (text: string): Markup => new Markup(text)

function render(value: Interpolation): string {
  if (value === undefined || value === false) return ''
  if (value instanceof Markup) return value.toString()
  if (Array.isArray(value)) return value.map(render).join('')
  return escaped(String(value))
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
}

/** Controls that no reader can see become U+FFFD, and half a surrogate pair too: what is sent is always valid UTF-8. */
const escaped = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g, '\ufffd')
    .replace(/[&<>"'`]/g, character => entities[character] ?? '')
