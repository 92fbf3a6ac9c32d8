// What the documents lead to is there: every relative link, down to the heading.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '..')
const documents = globSync(['*.md', 'docs/**/*.md'], { cwd: root })
const textOf = (file: string): string => readFileSync(join(root, file), 'utf8').replace(/^```.*?^```$/gms, '')

t.ok(documents.includes('README.md') && documents.length > 5)

for (const file of documents) {
  t.test(`every link of ${file} leads somewhere`, async t => {
    for (const link of linksIn(textOf(file))) {
      const [path = '', heading] = link.split('#', 2)
      const target = path === '' ? file : relative(root, join(root, dirname(file), path))
      t.ok(existsSync(join(root, target)), link)
      if (heading !== undefined) t.ok(headingsOf(target).includes(heading), `the heading of ${link}`)
    }
  })
}

function linksIn(text: string): readonly string[] {
  const links = Array.from(text.matchAll(/\]\(([^)\s]+)\)/g), ([, link = '']) => link)
  return links.filter(link => !/^[a-z]+:/.test(link))
}

/** As the forges make anchors: lower case, hyphens for spaces, and nothing else but letters, digits, `-` and `_`. */
function headingsOf(file: string): readonly string[] {
  return Array.from(textOf(file).matchAll(/^#+ (.+)$/gm), ([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}
