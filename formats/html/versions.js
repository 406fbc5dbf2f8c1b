// Two comforts of pages with versions: which words differ between two of them,
// and a map of all. Both are made when somebody asks for them.
(() => {
'use strict'
const make = (tag, props) => Object.assign(document.createElement(tag), props)
const button = (className, textContent, onclick) => make('button', { type: 'button', className, textContent, onclick })
const alts = f => [...f.querySelector(':scope>.others')?.children || []].filter(s => s.matches('.alt'))
const altOf = (f, v) => alts(f).find(s => s.dataset.v === String(v))
const countOf = (n, one, many) => `${n} ${n === 1 ? one : many}`

// messagesOf is what people read of version v of fork f, until the talk forks
// again or the user speaks; if that is nothing, the step it begins with.
const messagesOf = (f, v) => {
  const alt = altOf(f, v), all = []
  let first = null
  for (let el = alt ? alt.firstElementChild : f.nextElementSibling; el; el = el.nextElementSibling) {
    if (el.matches('.fork') || el.matches('.u') && all.length) break
    if (el.matches('article')) all.push(el)
    first ||= el.matches('.m') ? el : el.querySelector('.m')
    if (el.matches('.u')) break
  }
  return all.length || !first ? all : [first]
}
// wordsOf is a message as plain text, with a line for each of its blocks.
const wordsOf = message => {
  const b = message.querySelector('.b')?.cloneNode(true)
  if (!b) return message.textContent.trim()
  for (const el of b.querySelectorAll('.copy,.src,sup.cite')) el.remove()
  for (const el of b.querySelectorAll('[data-tex]')) el.textContent = el.dataset.tex
  for (const el of b.querySelectorAll('img')) el.replaceWith(`(image: ${el.alt})`)
  for (const el of b.querySelectorAll('td,th')) el.append('\t')
  for (const el of b.querySelectorAll('p,li,pre,h3,h4,h5,h6,tr,br,div,figcaption,figure,summary,dt,dd,b:has(+.why)')) el.after('\n')
  return b.textContent.replace(/[ \t]+\n/g, '\n').replace(/\n{2,}/g, '\n').trim()
}

// A text is cut into words with the space behind them, ends of lines, and
// single letters where a script has no spaces; or into lines, if it is long.
const words = /\n|(?:[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]\p{M}*|[\p{L}\p{N}\p{M}_]+?(?=[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]|[^\p{L}\p{N}\p{M}_]|$)|\S)[^\S\n]*|[^\S\n]+/gu
const lines = /[^\n]*\n|[^\n]+/g
const most = 60_000 // words of a text that are compared one by one
const far = 2_000 // differences that are told apart: time and memory grow with their square

// path finds a shortest way from a to b, two lists of numbers, by Myers's
// algorithm: how far the best path comes on each diagonal with 0, 1, 2, ...
// changes, and back by the notes taken. It gives [sign, how many] or null.
const path = (a, b) => {
  const limit = Math.min(a.length + b.length, far), v = new Int32Array(2 * limit + 3), mid = limit + 1, notes = []
  const down = (k, d, at) => k === -d || k !== d && at(k - 1) < at(k + 1)
  for (let d = 0; d <= limit; d++) {
    notes.push(v.slice(mid - d - 1, mid + d + 2))
    for (let k = -d; k <= d; k += 2) {
      let i = down(k, d, n => v[mid + n]) ? v[mid + k + 1] : v[mid + k - 1] + 1
      while (i < a.length && i - k < b.length && a[i] === b[i - k]) i++
      v[mid + k] = i
      if (i < a.length || i - k < b.length) continue
      const back = []
      for (let j = b.length; d >= 0; d--) {
        const at = n => notes[d][n + d + 1], c = i - j, fell = down(c, d, at)
        const from = d === 0 ? 0 : fell ? at(c + 1) : at(c - 1) + 1 // where the run in common began
        back.push([0, i - from])
        j -= i - from
        i = from
        if (d === 0) break
        back.push([fell ? 1 : -1, 1])
        if (fell) j--; else i--
      }
      return back.reverse()
    }
  }
  return null
}

// difference lists what two texts share and do not: [-1|0|1, text].
const difference = (x, y) => {
  let a, b, p, q, way, head, tail
  for (const cut of [words, lines]) {
    a = x.match(cut) || []
    b = y.match(cut) || []
    if (cut === words && Math.max(a.length, b.length) > most) continue
    const names = new Map()
    const name = s => { const k = s.trimEnd() || s; if (!names.has(k)) names.set(k, names.size); return names.get(k) }
    p = Int32Array.from(a, name)
    q = Int32Array.from(b, name)
    head = tail = 0
    while (head < p.length && head < q.length && p[head] === q[head]) head++
    while (tail < p.length - head && tail < q.length - head && p[p.length - 1 - tail] === q[q.length - 1 - tail]) tail++
    way = path(p.subarray(head, p.length - tail), q.subarray(head, q.length - tail))
    if (way) break
  }
  way ||= [[-1, a.length - head - tail], [1, b.length - head - tail]]
  // What goes and what comes between two stretches in common is gathered, and a
  // word or two in common between changes count as changed: that reads better.
  const out = []
  let i = 0, j = 0, gone = '', come = ''
  const same = s => { if (s) { if (out.length && !out.at(-1)[0]) out.at(-1)[1] += s; else out.push([0, s]) } }
  const flush = () => { if (gone) out.push([-1, gone]); if (come) out.push([1, come]); gone = come = '' }
  way = [[0, head], ...way, [0, tail]]
  const last = way.findLastIndex(w => w[0] && w[1])
  way.forEach(([sign, n], at) => {
    const s = a.slice(i, i + n).join(''), t = b.slice(j, j + n).join('')
    if (sign <= 0) i += n
    if (sign >= 0) j += n
    if (sign < 0) gone += s
    else if (sign > 0) come += t
    else if (n && n < 3 && gone && come && at < last && !t.includes('\n')) { gone += s; come += t }
    else if (n) { flush(); same(t) }
  })
  flush()
  return out
}

// Words in common far from any change are folded away, up to a click.
const around = 160 // letters in common shown beside a change
const cutAt = (s, n) => {
  const space = s.slice(n, n + 20).search(/\s/)
  if (space >= 0) return n + space
  while (n < s.length && /[\udc00-\udfff]|\p{M}/u.test(s[n])) n++
  return n
}
const countWords = s => (s.match(words) || []).filter(w => /[\p{L}\p{N}]/u.test(w)).length
const common = (s, first, last) => {
  const from = first ? 0 : cutAt(s, around), to = last ? s.length : cutAt(s, s.length - around)
  if (first && last || to - from < 3 * around) return [s]
  const hidden = s.slice(from, to)
  const more = button('same', `⋯ ${countOf(countWords(hidden), 'word', 'words')} in common ⋯`, () => {
    const box = more.parentElement
    more.replaceWith(hidden)
    box.focus()
  })
  return [s.slice(0, from), more, s.slice(to)]
}
const marked = (sign, s) => {
  const kept = s.trimEnd(), el = make(sign < 0 ? 'del' : 'ins', { textContent: kept || s.replaceAll('\n', '¶\n') })
  return kept ? [el, s.slice(kept.length)] : [el]
}

const compare = (f, v, close) => {
  const box = make('section', { className: 'diff' }), head = make('header'), says = make('output')
  const text = make('div', { className: 'lit', dir: 'auto', tabIndex: 0 })
  box.setAttribute('role', 'group')
  text.setAttribute('role', 'group')
  const nameOf = n => `Version ${n}` + ((m => m ? ' · ' + m.textContent : '')(messagesOf(f, n)[0]?.querySelector('h2 .model')))
  const pick = (label, chosen) => {
    const s = make('select', { oninput: () => show() })
    s.setAttribute('aria-label', label)
    for (const n of f.versions) s.append(make('option', { value: n, textContent: nameOf(n), selected: n === chosen }))
    return s
  }
  const at = Math.max(f.versions.indexOf(+v), 1)
  const a = pick('Compare', f.versions[at - 1]), b = pick('with', f.versions[at])
  const show = () => {
    box.setAttribute('aria-label', `Version ${a.value} compared with version ${b.value}`)
    text.setAttribute('aria-label', 'What differs')
    const sides = [a, b].map(s => messagesOf(f, s.value).map(wordsOf).join('\n\n'))
    const all = difference(...sides), count = sign => all.reduce((n, [k, s]) => k === sign ? n + countWords(s) : n, 0)
    text.replaceChildren(...all.flatMap(([sign, s], i) => sign ? marked(sign, s) : common(s, i === 0, i === all.length - 1)))
    text.normalize()
    says.textContent = all.some(p => p[0]) ? `${countOf(count(-1), 'word', 'words')} removed, ${count(1)} added` : 'the same words'
    text.scrollTop = 0
  }
  const shut = button('', '×', close)
  shut.setAttribute('aria-label', 'Close the comparison')
  head.append(a, ' → ', b, says, shut)
  box.append(head, text)
  box.onkeydown = e => { if (e.key === 'Escape') { e.stopPropagation(); close() } }
  show()
  return box
}

const comparing = (f, bar) => {
  let box = null
  const open = button('more', 'Compare', () => {
    box ? box.remove() : bar.after(box = compare(f, f.dataset.on, () => { open.click(); open.focus() }))
    if (!box.isConnected) box = null
    open.setAttribute('aria-expanded', String(!!box))
  })
  open.setAttribute('aria-expanded', 'false')
  bar.append(open)
}

// The map: every fork under the version that holds it. The path that the page
// goes on with has full dots, what is shown now is set bold.
const mostRows = 3_000
const opening = f => {
  const b = f?.querySelector('.b') || f, s = b ? b.textContent.slice(0, 400).replace(/\s+/g, ' ').trim() : ''
  return s.length > 90 ? s.slice(0, 90).replace(/[\ud800-\udbff]$/, '') + '…' : s || 'no words'
}
const draw = () => {
  const inside = new Map()
  for (const el of document.querySelectorAll('.fork,.apart')) {
    const at = el.parentElement.closest('.alt,.apart')
    inside.set(at, [...inside.get(at) || [], el])
  }
  let rows = 0
  const top = make('ol')
  const todo = [[null, top, true]]
  while (todo.length && rows < mostRows) {
    const [at, ol, path] = todo.pop()
    const row = (href, n, words, f, v, inner, own) => {
      const a = make('a', { href }), li = make('li', { className: own ? 'own' : '' })
      a.append(make('b', { textContent: n }), make('bdi', { textContent: words }))
      if (f) a.place = [f, v]
      li.append(a)
      if (inner) {
        const n = inner.querySelectorAll('article').length
        if (n) a.append(make('small', { textContent: countOf(n, 'message', 'messages') }))
        if (inside.has(inner)) { const next = make('ol'); li.append(next); todo.push([inner, next, false]) }
      }
      ol.append(li)
      rows++
    }
    for (const el of inside.get(at) || []) {
      if (rows >= mostRows) break
      if (el.matches('.apart')) { row('#' + el.id, '↳', el.querySelector('.cut').textContent, null, 0, el, false); continue }
      const before = f => { const list = alts(f).map(s => +s.dataset.v); if (f.dataset.v) list.push(+f.dataset.v); return list.sort((a, b) => a - b) }
      ol.append(make('li', { className: 'at', textContent: el.querySelector('.ver>span')?.textContent || (el.dataset.v ? 'versions' : 'beside the current path') }))
      for (const v of before(el)) {
        const own = String(v) === el.dataset.v, m = messagesOf(el, v)[0]
        row(m ? '#' + m.id : '', el.dataset.of ? `${v}/${el.dataset.of}` : '↳', opening(m), el, String(v), own ? null : altOf(el, v), own && path)
      }
      for (const a of el.querySelectorAll(':scope>.far a')) row(a.hash, '↳', a.textContent, null, 0, null, false)
    }
  }
  if (rows >= mostRows) top.append(make('li', { className: 'at', textContent: 'and more: this map ends here' }))
  return top
}

const mapping = forks => {
  const box = make('aside', { className: 'map', id: 'map', popover: 'auto' }), nav = make('nav'), head = make('header')
  const title = make('h2', { id: 'map-title', textContent: 'Map of versions' }), shut = button('', '×', () => box.hidePopover())
  box.setAttribute('aria-labelledby', title.id)
  nav.setAttribute('aria-label', 'Versions')
  shut.setAttribute('aria-label', 'Close the map')
  head.append(title, shut)
  box.append(head, make('p', { textContent: `${countOf(forks.length, 'place', 'places')} with several versions. Full dots: the path that was open in ChatGPT. Bold: what this page shows.` }), nav)
  document.querySelector('.foot').after(box)
  const links = () => [...nav.querySelectorAll('a')]
  const mark = () => {
    for (const a of links()) {
      const [f, v] = a.place || []
      if (f && !f.closest('[hidden]') && (f.dataset.on || v) === v) a.setAttribute('aria-current', 'true'); else a.removeAttribute('aria-current')
    }
  }
  const open = near => {
    if (!nav.firstElementChild) nav.append(draw())
    mark()
    box.showPopover()
    const shown = links().filter(a => a.hasAttribute('aria-current'))
    const here = near || shown.map(a => a.place[0]).filter(f => f.getBoundingClientRect().top < innerHeight / 2).at(-1)
    const a = shown.find(a => a.place[0] === here) || links()[0]
    a?.focus()
    a?.scrollIntoView({ block: 'center', behavior: 'instant' })
  }
  // A click leads there. Where the map leaves room for the page it stays, and
  // the focus with it.
  nav.addEventListener('click', e => {
    const a = e.target.closest('a')
    if (!a) return
    e.preventDefault()
    const stays = innerWidth >= 1200
    if (!stays) box.hidePopover()
    addEventListener('hashchange', () => setTimeout(() => { // when the page has gone there
      mark()
      if (stays) a.focus({ preventScroll: true })
      else document.getElementById(decodeURIComponent(a.hash.slice(1)))?.querySelector('.at')?.focus({ preventScroll: true })
    }), { once: true })
    if (location.hash === a.hash) dispatchEvent(new Event('hashchange')); else location.hash = a.hash
  })
  nav.addEventListener('keydown', e => {
    const all = links(), at = all.indexOf(document.activeElement)
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[e.key]
    if (to === undefined || !all[to]) return
    e.preventDefault()
    all[to].focus()
  })
  const name = button('', 'Map', () => open())
  name.setAttribute('aria-haspopup', 'dialog')
  document.querySelector('.top').insertBefore(name, document.querySelector('.top>button'))
  return open
}

window.gptsnapVersions = (forks, all) => {
  const open = mapping(all)
  for (const f of forks) {
    const bar = f.querySelector(':scope>.ver')
    comparing(f, bar)
    bar.append(button('more', 'Map', () => open(f)))
  }
}
window.gptsnapDifference = difference
})()
