// What a browser sends when somebody follows a link or sends a form: thirteen headers, with the cookies of the application and ours.

const appCookies = 'theme=dark; _pk_id=5f0d3c1e7a2b4986.1763900000; csrftoken=Qm9yaXNBbmROYXRhc2hhQXJlQmFk'

export type Asked = {
  readonly path: string
  readonly host: string
  readonly cookies?: string | undefined
  /** Sent by POST. */
  readonly upload?: Buffer
}

export function browserRequest({ path, host, cookies, upload }: Asked): Buffer {
  const origin = `http://${host}`
  const head = [
    `${upload ? 'POST' : 'GET'} ${path} HTTP/1.1`,
    `Host: ${host}`,
    'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'Accept-Language: en-US,en;q=0.5',
    'Accept-Encoding: gzip, deflate, br, zstd',
    `Referer: ${origin}/reports`,
    'Connection: keep-alive',
    `Cookie: ${cookies ? `${appCookies}; ${cookies}` : appCookies}`,
    'Upgrade-Insecure-Requests: 1',
    'Sec-Fetch-Dest: document',
    'Sec-Fetch-Mode: navigate',
    'Sec-Fetch-Site: same-origin',
    'Priority: u=0, i',
    ...(upload
      ? [`Origin: ${origin}`, 'Content-Type: application/octet-stream', `Content-Length: ${upload.length}`]
      : []),
    '\r\n',
  ].join('\r\n')
  return upload ? Buffer.concat([Buffer.from(head, 'latin1'), upload]) : Buffer.from(head, 'latin1')
}
