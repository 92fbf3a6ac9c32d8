// Reads a file that the configuration names: regular, of bounded size, UTF-8. Everything else is said in words.
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

export type TextReading = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string }

/** `why` continues a sentence whose subject is the file: `does not exist`. */
export async function readText(file: string, mostBytes: number): Promise<TextReading> {
  try {
    // Without NONBLOCK, opening a named pipe would wait for its writer for ever.
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
    return await readFrom(handle, mostBytes).finally(() => handle.close())
  } catch (error) {
    return { ok: false, why: whyNot(error) }
  }
}

async function readFrom(handle: FileHandle, mostBytes: number): Promise<TextReading> {
  const facts = await handle.stat()
  if (facts.isDirectory()) return { ok: false, why: 'is a directory' }
  if (!facts.isFile()) return { ok: false, why: 'is not a regular file' }
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(mostBytes + 1), 0, mostBytes + 1, 0)
  if (bytesRead > mostBytes) return { ok: false, why: `is larger than ${mostBytes} bytes` }
  return { ok: true, text: new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, bytesRead)) }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user',
  ENAMETOOLONG: 'has too long a name',
  ERR_INVALID_ARG_VALUE: 'is not a possible file name',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'is not UTF-8 text',
}

function whyNot(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  return reasons[code] ?? `cannot be read (${code})`
}
