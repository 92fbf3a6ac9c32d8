// Work that lets nobody else have a turn, as a regular expression gone wrong or too many visitors would.

export function block(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

/** Blocks the event loop for this long, turn after turn, until the answer is called. */
export function keepBlocking(ms: number): () => void {
  const timer = setInterval(() => block(ms), 1)
  return () => clearInterval(timer)
}
