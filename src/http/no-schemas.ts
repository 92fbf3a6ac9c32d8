// For Fastify, which loads its JSON Schema compilers at every start unless it is given others. We read and write without them.
import type { FastifyServerOptions } from 'fastify'

function noCompiler(): never {
  throw new Error('a route with a JSON Schema: nobody here compiles one')
}

/** A tenth of a start. A route that had a schema would end the start instead of going unchecked. */
export const noSchemas: Pick<FastifyServerOptions, 'schemaController'> = {
  schemaController: { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } },
}
