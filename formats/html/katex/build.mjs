// Makes dist/katex.js and dist/katex.css from the npm package beside this file.
// A page that lies in a folder may load no font, so the fonts stand in the
// style sheet.
import { readFileSync, writeFileSync } from 'node:fs'

const from = new URL('node_modules/katex/', import.meta.url)
const to = new URL('dist/', import.meta.url)
const read = name => readFileSync(new URL(name, from), 'utf8')

const licence = read('LICENSE').trim().replace(/^/gm, ' * ')
const note = `/*! KaTeX ${JSON.parse(read('package.json')).version}\n *\n${licence}\n */\n`
writeFileSync(new URL('katex.js', to), note + read('dist/katex.min.js') + '\n' + read('dist/contrib/mhchem.min.js') + '\n')

let fonts = 0
const css = read('dist/katex.min.css').replace(/src:url\((fonts\/[\w-]+\.woff2)\) format\("woff2"\)(,url\([^)]*\) format\("[a-z]+"\))*/g, (_, font) => {
  fonts++
  return `src:url(data:font/woff2;base64,${readFileSync(new URL('dist/' + font, from)).toString('base64')}) format("woff2")`
})
if (fonts < 20 || /url\((?!data:)/.test(css)) throw new Error(`the style sheet of KaTeX has changed: ${fonts} fonts taken in`)
writeFileSync(new URL('katex.css', to), note + css + '\n')
