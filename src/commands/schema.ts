// `sallyport schema`: the JSON Schema of the configuration, for editors.
import { jsonSchema } from '../config/json-schema.ts'

/** Resolves to the exit code. */
export async function schema(args: readonly string[], out: NodeJS.WritableStream): Promise<number> {
  if (args.length > 0) {
    out.write('usage: sallyport schema\n')
    return 2
  }
  out.write(`${JSON.stringify(jsonSchema, null, 2)}\n`)
  return 0
}
