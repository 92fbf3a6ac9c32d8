// Texts of any code points, lone surrogates among them, more often from the low end. fast-check's own `binary` unit takes seconds to make.
import fc from 'fast-check'

type Length = { readonly minLength?: number; readonly maxLength?: number }

const codePoint = fc.oneof(fc.nat(0x7f), fc.nat(0xff), fc.nat(0x10ffff))

export const anyText = (length: Length = {}): fc.Arbitrary<string> =>
  fc.array(codePoint, length).map(points => String.fromCodePoint(...points))
