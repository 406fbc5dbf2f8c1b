// The words of a search: the list of conversations looks them up (list.js), a
// page marks them, and tells the list what stands around them.
(() => {
'use strict'
const make = (tag, props) => Object.assign(document.createElement(tag), props)

// Words become terms as terms.go does it.
const noSpaces = String.raw`\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}ー\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}`
const runs = /[\p{L}\p{Nd}\p{M}]+/gu
const paired = new RegExp(`[${noSpaces}]`, 'u')
const pieces = new RegExp(`[${noSpaces}][${noSpaces}\\p{M}]*|[\\p{L}\\p{Nd}\\p{M}]+?(?=[${noSpaces}]|$)`, 'gu')
const dropped = /[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]/g
const plain = /^[a-z0-9]*$/i
const fold = s => plain.test(s) ? s.toLowerCase() : s.normalize('NFKD').replace(dropped, '').toLowerCase().replace(dropped, '').replace(/ς/g, 'σ').normalize('NFC')
const piecesOf = word => plain.test(word) ? [word.toLowerCase()] : (fold(word).match(runs) || []).flatMap(w => w.match(pieces) || [])
const parts = text => [...new Set((text.match(runs) || []).flatMap(piecesOf).filter(w => paired.test(w) || [...w].length <= 40))]
const begins = w => [...w].length > 2 // a word that short stands for itself only

// wants says what to look up for a query: terms, as they are or as beginnings.
const wants = query => parts(query).flatMap(w => {
  if (!paired.test(w)) return [{ term: w, begins: begins(w) }]
  const letters = w.match(/\P{M}\p{M}*|^\p{M}+/gu) || []
  if (letters.length < 2) return [{ term: w, begins: true }]
  return letters.slice(1).map((c, i) => ({ term: letters[i] + c, begins: false }))
})

// spots yields where the words of a query stand in a text: from, to, which.
const spots = function* (text, words) {
  for (const m of text.matchAll(runs)) {
    const here = piecesOf(m[0])
    const n = words.findIndex(w => here.some(p => paired.test(w) ? p.includes(w) : p === w || begins(w) && p.startsWith(w)))
    if (n < 0) continue
    // The very letters, if folding moved none; else the run they stand in.
    const w = words[n], whole = here.join('')
    let at = whole.length === m[0].length && paired.test(w) ? whole.indexOf(w) : -1
    if (at < 0) yield [m.index, m.index + m[0].length, n]
    for (; at >= 0; at = whole.indexOf(w, at + w.length)) yield [m.index + at, m.index + at + w.length, n]
  }
}
window.gptsnapWords = { parts, wants, spots }

// marks finds the places of the page that a query means.
const marks = query => {
  const words = parts(query), out = []
  const walk = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT)
  for (let node = walk.nextNode(); words.length && node && out.length < 5000; node = walk.nextNode()) {
    if (!node.data.trim() || node.parentElement.closest('h2,summary,.ver,.katex')) continue
    for (const [from, to, word] of spots(node.data, words)) out.push({ node, from, to, word })
  }
  return out
}

// read is what a stretch of the page says: lines apart, without the numbers of
// sources.
const read = range => {
  const part = range.cloneContents()
  for (const el of part.querySelectorAll('sup.cite,.ver')) el.remove()
  for (const el of part.querySelectorAll('br,p,li,pre,tr,td,th,h2,h3,h4,h5,h6,dd,div,summary,article')) el.after(' ')
  return part.textContent.replace(/\s+/g, ' ')
}

// The list opens a page in a frame that nobody sees, to quote from it. The page
// answers how many places it has, and of the messages with most of the words
// the first two.
const quotes = query => {
  const found = marks(query), messages = new Map()
  for (const m of found) {
    const id = m.node.parentElement.closest('.m')?.id || ''
    if (!messages.has(id)) messages.set(id, { first: m, words: new Set() })
    messages.get(id).words.add(m.word)
  }
  const best = [...messages].sort((a, b) => !a[0] - !b[0] || b[1].words.size - a[1].words.size).slice(0, 2)
  return { total: found.length, places: best.map(([id, { first }]) => {
    const block = first.node.parentElement.closest('p,li,pre,td,th,h1,h3,h4,h5,h6,blockquote,.lit,.math,figcaption,dd,.m,main'), r = new Range()
    r.selectNodeContents(block)
    r.setEnd(first.node, first.from)
    const before = read(r)
    r.selectNodeContents(block)
    r.setStart(first.node, first.from)
    const after = read(r), cut = [...before.slice(-70)], end = [...after.slice(0, 160)]
    return { id, text: (before.length > 70 ? '…' + cut.join('').replace(/^\S{0,20}\s/, '') : cut.join('')).trimStart() + end.join('').trimEnd() + (after.length > 160 ? '…' : '') }
  }) }
}

// A bar at the foot of the page leads from place to place.
const asked = () => {
  const ask = {}
  for (const [, key, value] of location.hash.slice(1).matchAll(/(?:^|&)(m|find|quote)=([^&]*)/g))
    try { ask[key] = decodeURIComponent(value) } catch {}
  return ask
}
const bar = () => {
  document.querySelector('.found')?.remove()
  CSS.highlights?.clear()
  const { find: query, m } = asked()
  if (!query) return
  const found = marks(query).map(({ node, from, to }) => {
    const r = new Range()
    r.setStart(node, from)
    r.setEnd(node, to)
    return r
  })
  const box = make('div', { className: 'found' }), says = make('output')
  let at = found.findIndex(r => m !== undefined && r.startContainer.parentElement.closest('.m')?.id === 'm=' + m)
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
  go(at < 0 ? 1 : 0)
}
document.addEventListener('DOMContentLoaded', () => {
  if (document.body.className === 'list') return
  const { quote } = asked()
  if (quote !== undefined) {
    if (parent !== window) parent.postMessage({ gptsnap: quotes(quote), of: location.href }, '*') // to whoever holds the frame: what it shows of us
    return
  }
  bar()
  addEventListener('hashchange', bar)
})
})()
