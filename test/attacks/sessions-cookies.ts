// S, cookies: whatever else a browser was made to send beside, before or instead of our cookie, in whatever spelling, is nobody.
import fc from 'fast-check'
import t from 'tap'
import { buildForts, isNobody, storyteller, withCookies } from '../support/signed-in.ts'
import { fieldOf, fieldsOf } from '../support/wire.ts'

const everywhere = storyteller(t, await buildForts(t))

everywhere('the cookie itself is somebody, and never reaches the upstream', async (t, signed) => {
  const { statuses, reached } = await withCookies(signed, `a=1; ${signed.cookies}; b=2`)
  t.same(statuses, [200])
  t.equal(fieldOf(reached[0]?.headers ?? [], 'x-forwarded-user'), 'ann')
  t.equal(fieldOf(reached[0]?.headers ?? [], 'cookie'), 'a=1; b=2')
})

everywhere(
  'two cookies of the name are nobody, in both orders, on one line and on two, and are cleared (S-18, S-29)',
  async (t, signed) => {
    const { fort, name, cookies } = signed
    const planted = `${name}=planted`
    const other = await fort.signIn('bob')
    await isNobody(t, signed, 'before', `${planted}; ${cookies}`)
    await isNobody(t, signed, 'behind', `${cookies}; ${planted}`)
    await isNobody(t, signed, 'on a line of its own', cookies, planted)
    await isNobody(t, signed, 'twice the same', cookies, cookies)
    await isNobody(t, signed, 'two people', `${other}; ${cookies}`)
    const page = await fort.strike(
      fort.request('GET /x HTTP/1.1', 'Accept: text/html', `Cookie: ${planted}; ${cookies}`),
    )
    t.same(page.statuses, [302])
    t.match(fieldsOf(page.answers[0]?.headers ?? [], 'set-cookie').join(), new RegExp(`^${name}=; Max-Age=0`))
  },
)

everywhere('names that only look alike are not it (S-19)', async (t, signed) => {
  const { name, value } = signed
  const alike = [
    ...[
      `\u2000${name}`,
      `\xa0${name}`,
      `\x85${name}`,
      `=${name}`,
      `$Version=1,${name}`,
      `$Version=1; $${name}`,
      `"${name}"`,
    ],
    ...[
      name.toUpperCase(),
      `${name}[]`,
      `${name}%20`,
      `__Host-${name}`,
      `__Secure-${name}`,
      encodeURIComponent(`${name}=`),
    ],
  ]
  for (const other of alike) {
    const line = Buffer.from(`${other}=${value}`).toString('latin1')
    await isNobody(t, signed, JSON.stringify(other), line)
  }
  await isNobody(t, signed, 'in quotes', `${name}="${value}"`)
  await isNobody(t, signed, 'behind a comma', `a=1, ${name}=${value}`)
  t.same((await withCookies(signed, `a=1;${name}\t= ${value} `)).statuses, [200], 'blanks around it are nothing')
})

everywhere('chunks beyond any count, gaps and odd numbers are nobody, at once (S-21)', async (t, signed) => {
  const { name, cookies } = signed
  const many = Array.from({ length: 500 }, (_, at) => `${name}.${at}=x`).join('; ')
  const odd = ['.8=x', '.99999=x', '.2=x', '.01=x', '.1=x', '.1=x; sallyport.1=x', '.99999999=x'].map(
    suffix => `${cookies}; ${name}${suffix}`,
  )
  for (const line of [many, `${cookies}; ${many}`, `${name}.1=x`, ...odd.filter(line => !line.includes('.99999999'))])
    await isNobody(t, signed, line.slice(-40), line)
  for (const suffix of ['.count=1000000000', '.-1=x', '.0x1=x', '.1e3=x', '.=x'])
    t.same((await withCookies(signed, `${cookies}; ${name}${suffix}`)).statuses, [200], `${suffix} is no chunk`)
})

everywhere('a Cookie header of nothing but separators is nothing (S-22)', async (t, signed) => {
  for (const line of ['', ';', ';;', '; ;', '=', '=;=', ' ', ';'.repeat(5000)]) {
    const { fort } = signed
    const { statuses, reached } = await fort.strike(fort.request('GET /public/x HTTP/1.1', `Cookie: ${line}`))
    t.same(statuses, [200], JSON.stringify(line.slice(0, 20)))
    t.equal(fieldOf(reached[0]?.headers ?? [], 'cookie'), undefined, 'and no Cookie arrives')
    t.same((await withCookies(signed, `${line};${signed.cookies};${line}`)).statuses, [200])
  }
})

everywhere(
  'a Cookie header is somebody only where our cookie stands in it once and whole (S-19)',
  async (t, signed) => {
    const { name, value, cookies } = signed
    const half = Math.floor(value.length / 2)
    const part = fc.constantFrom(
      ...[
        cookies,
        cookies,
        name,
        value,
        value.slice(0, half),
        value.slice(half),
        '=',
        ';',
        '; ',
        ' ',
        '\t',
        '.1',
        '.0',
        '.1=',
      ],
      ...['"', ',', '$Version=1', 'a=1', '__Host-', '%3D', '\xa0', name.toUpperCase(), `${name}.login.x=y`],
    )
    /** The copies of our cookie, as RFC 6265 5.4 writes a header. */
    const ours = (line: string) =>
      line.split(';').flatMap(pair => {
        const [, found = '', its = ''] = /^[ \t]*([^=]*?)[ \t]*=(.*)$/s.exec(pair) ?? []
        return found === name || (/^\.\d+$/.test(found.slice(name.length)) && found.startsWith(name))
          ? [[found, its.replace(/^[ \t]+|[ \t]+$/g, '')]]
          : []
      })
    const property = fc.asyncProperty(
      fc.array(part, { maxLength: 7 }).map(parts => parts.join('')),
      async line => {
        const { statuses, reached } = await withCookies(signed, line)
        const whole = ours(line)
        const isSomebody = whole.length === 1 && whole[0]?.[0] === name && whole[0]?.[1] === value
        if (statuses[0] !== (isSomebody ? 200 : 401)) throw new Error(`${statuses} for ${line}`)
        const user = fieldOf(reached[0]?.headers ?? [], 'x-forwarded-user')
        if (user !== (isSomebody ? 'ann' : undefined)) throw new Error(`${user} for ${line}`)
      },
    )
    await t.resolves(fc.assert(property, { numRuns: 200 }))
  },
)
