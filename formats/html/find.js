// Full-text search. The list of conversations asks the index, which is scripts
// (see search.go); a page marks the words that it was opened for.
(() => {
'use strict'
const here = document.currentScript.src.replace(/find\.js.*$/, '')
const make = (tag, props) => Object.assign(document.createElement(tag), props)

// Words become terms as terms.go does it.
const noSpaces = String.raw`\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}ー\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}`
const runs = /[\p{L}\p{Nd}\p{M}]+/gu
const paired = new RegExp(`[${noSpaces}]`, 'u')
const pieces = new RegExp(`[${noSpaces}][${noSpaces}\\p{M}]*|[\\p{L}\\p{Nd}\\p{M}]+?(?=[${noSpaces}]|$)`, 'gu')
const dropped = /[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]/g
const fold = s => s.normalize('NFKD').replace(dropped, '').toLowerCase().replace(dropped, '').replace(/ς/g, 'σ').normalize('NFC')
const piecesOf = word => (fold(word).match(runs) || []).flatMap(w => w.match(pieces) || [])
const parts = text => (text.match(runs) || []).flatMap(piecesOf).filter(w => paired.test(w) || [...w].length <= 40)
const begins = w => [...w].length > 2 // a word that short stands for itself only

// wants says what to look up for a query: terms, as they are or as beginnings.
const wants = query => parts(query).flatMap(w => {
  const letters = w.match(/\P{M}\p{M}*/gu) || []
  if (!paired.test(w)) return [{ term: w, begins: begins(w) }]
  if (letters.length < 2) return [{ term: w, begins: true }]
  return letters.slice(1).map((c, i) => ({ term: letters[i] + c, begins: false }))
})

// Files of the index are loaded once each.
const files = new Map(), waiting = new Map()
const load = name => {
  if (!files.has(name)) files.set(name, new Promise((done, fail) => {
    waiting.set(name, done)
    const s = make('script', { src: `${here}search/${name}.js` })
    s.onload = () => s.remove()
    s.onerror = () => { s.remove(); files.delete(name); fail(new Error('no search index')) }
    document.head.append(s)
  }))
  return files.get(name)
}
window.gptsnapIndex = x => waiting.get('index')?.(x)
window.gptsnapTerms = (n, lines) => waiting.get(n)?.(lines.split('\n'))

const digits = new Map([...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'].map((c, i) => [c, i]))
// unpack adds the pages of a term to found: page -> how often, where 4 stands for more.
const unpack = (packed, found) => {
  let page = -1, n = 0, shift = 0
  for (const c of packed) {
    const d = digits.get(c)
    n |= (d & 31) << shift
    if (d & 32) { shift += 5; continue }
    page += n >> 2
    found.set(page, (found.get(page) || 0) + (n & 3) + 1)
    n = shift = 0
  }
}
const most = 6 // shards that one word may load
const lookUp = async (want, first) => {
  const found = new Map()
  let low = 0, high = first.length // the last shard that begins at or before the term
  while (low < high) { const m = (low + high) >> 1; if (first[m] <= want.term) low = m + 1; else high = m }
  const shards = [Math.max(low, 1)]
  while (want.begins && shards.length < most && shards.at(-1) < first.length && first[shards.at(-1)].startsWith(want.term)) shards.push(shards.at(-1) + 1)
  for (const lines of await Promise.all(shards.map(load)))
    for (const line of lines)
      if (line.startsWith(want.term) && (want.begins || line[want.term.length] === ' ')) unpack(line.slice(line.indexOf(' ') + 1), found)
  return found
}

// gptsnapSearch answers a Map from rows of the list to how often the rarest
// word stands there, or null if the query has no words.
window.gptsnapSearch = async query => {
  const all = wants(query)
  if (!all.length) return null
  const { rows, first } = await load('index')
  const hits = first.length ? await Promise.all(all.map(w => lookUp(w, first))) : [new Map()]
  const out = new Map()
  for (const page of hits[0].keys())
    if (hits.every(h => h.has(page))) out.set(rows[page], Math.min(...hits.map(h => h.get(page))))
  return out
}

// marks finds the ranges of the page that a query means.
const marks = query => {
  const words = [...new Set(parts(query))], out = []
  const mark = (node, from, to) => {
    const r = new Range()
    r.setStart(node, from)
    r.setEnd(node, to)
    out.push(r)
  }
  const walk = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT)
  for (let node = walk.nextNode(); words.length && node && out.length < 5000; node = walk.nextNode()) {
    if (!node.data.trim() || node.parentElement.closest('h2,summary,.ver,.katex')) continue
    for (const m of node.data.matchAll(runs)) {
      const here = piecesOf(m[0]), whole = here.join('')
      const w = words.find(w => here.some(p => paired.test(w) ? p.includes(w) : p === w || begins(w) && p.startsWith(w)))
      if (!w) continue
      // The very letters, if folding moved none; else the run they stand in.
      let at = whole.length === m[0].length ? whole.indexOf(w) : -1
      if (at < 0 || !paired.test(w)) { mark(node, m.index, m.index + m[0].length); continue }
      for (; at >= 0; at = whole.indexOf(w, at + w.length)) mark(node, m.index + at, m.index + at + w.length)
    }
  }
  return out
}

// A bar at the foot of the page leads from place to place.
const bar = () => {
  document.querySelector('.found')?.remove()
  CSS.highlights?.clear()
  let query = ''
  try { query = decodeURIComponent(location.hash.match(/^#find=(.*)/)?.[1] || '') } catch {}
  if (!query) return
  const found = marks(query), box = make('div', { className: 'found' }), says = make('output')
  let at = -1
  const go = by => {
    if (!found.length) { says.textContent = 'not found here'; return }
    at = (at + by + found.length) % found.length
    const el = found[at].startContainer.parentElement
    window.gptsnapReveal?.(el)
    if (CSS.highlights) CSS.highlights.set('gptsnap-at', Object.assign(new Highlight(found[at]), { priority: 1 }))
    el.scrollIntoView({ block: 'center', behavior: 'instant' })
    const top = found[at].getBoundingClientRect().top
    if (top < 0 || top > innerHeight) scrollBy({ top: top - innerHeight / 2, behavior: 'instant' })
    says.textContent = `${at + 1} of ${found.length}`
  }
  const button = (text, name, onclick) => {
    const b = make('button', { type: 'button', textContent: text, onclick })
    b.setAttribute('aria-label', name)
    return b
  }
  box.setAttribute('role', 'search')
  box.setAttribute('aria-label', 'Words found on this page')
  box.append(make('bdi', { textContent: query }), says, button('‹', 'Previous place', () => go(-1)), button('›', 'Next place', () => go(1)),
    button('×', 'Stop searching', () => { box.remove(); CSS.highlights?.clear(); history.replaceState(null, '', '#') }))
  document.querySelector('main').after(box)
  if (CSS.highlights) CSS.highlights.set('gptsnap', new Highlight(...found))
  go(1)
}
document.addEventListener('DOMContentLoaded', () => {
  if (document.querySelector('.find')) return
  bar()
  addEventListener('hashchange', bar)
})
})()
