// The shape of the log that rooms are handed; pino fits it. Facts are structured, texts are constant.

export type LogFacts = Readonly<Record<string, unknown>>

export type Log = {
  debug(facts: LogFacts, text: string): void
  info(facts: LogFacts, text: string): void
  warn(facts: LogFacts, text: string): void
  error(facts: LogFacts, text: string): void
}
