// Reads `--name value` and `--name=value` from a command line.

export function readOption(args: readonly string[], name: string): string | undefined {
  const at = args.indexOf(name)
  if (at >= 0) return args[at + 1]
  return args.find(arg => arg.startsWith(`${name}=`))?.slice(name.length + 1)
}
