// The list of conversations, with scripts on: filters and the search of all
// that was said. Every row is in the page without it.
;(() => { // after another script, in a page that stands alone
'use strict'
const here = document.currentScript.getAttribute('src')?.replace(/list\.js.*$/, '') // null in a page that stands alone
const make = (tag, props, ...inside) => { const el = Object.assign(document.createElement(tag), props); el.append(...inside); return el }
const all = (q, at = document) => [...at.querySelectorAll(q)]

// Files of the index (search.go) are loaded once each.
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
window.gptsnapTerms = (n, terms, lists) => waiting.get(n)?.({ terms, lists })

// Numbers travel as bits, bits as text (bits.go).
const digits = new Map([...' !"#%&\'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_abcdefghijklmnopqrstuvwxyz{|}~'].map((c, i) => [c.charCodeAt(0), i]))
class Bits {
  constructor(text) { this.text = text; this.at = this.low = this.n = 0 }
  take(n) {
    let v = 0
    while (n > 0) {
      if (!this.n) {
        this.low = digits.get(this.text.charCodeAt(this.at)) * 92 + digits.get(this.text.charCodeAt(this.at + 1))
        this.at += 2
        this.n = 13
      }
      const k = Math.min(n, this.n)
      this.n -= k
      n -= k
      v = v << k | this.low >> this.n & (1 << k) - 1
    }
    return v
  }
  count() {
    let k = 0
    while (!this.take(1)) k++
    return 1 << k | this.take(k)
  }
  below(n) {
    const k = 32 - Math.clz32(n - 1), spare = (1 << k) - n
    if (!k) return 0
    const v = this.take(k - 1)
    return v < spare ? v : (v << 1 | this.take(1)) - spare
  }
  sorted(n, low, high, out) {
    while (n > 0) {
      if (high - low + 1 === n) { while (n-- > 0) out.push(low++); return }
      const m = n >> 1, from = low + m, v = from + this.below(high - (n - 1 - m) - from + 1)
      this.sorted(m, low, v - 1, out)
      out.push(v)
      n -= m + 1
      low = v + 1
    }
  }
}
const digit = (text, at) => digits.get(text.charCodeAt(at))
const unpacked = new Map()
// shard answers a file of the index: its terms with their pages.
const shard = async (n, of) => {
  const { terms, lists } = await load(n)
  if (unpacked.has(n)) return unpacked.get(n)
  const bits = new Bits(lists), out = []
  for (let at = 0, last = ''; at < terms.length;) {
    let shared = digit(terms, at++), own = shared % 13 + 1
    if (shared < 91) shared = Math.floor(shared / 13); else { shared = digit(terms, at); own = digit(terms, at + 1); at += 2 }
    last = last.slice(0, shared) + terms.slice(at, at + own)
    at += own
    const pages = []
    bits.sorted(bits.count(), 0, of - 1, pages)
    out.push([last, pages])
  }
  unpacked.set(n, out)
  return out
}
const lookUp = async (want, { rows, first }) => {
  const found = new Set()
  let low = 0, high = first.length // the last shard that begins at or before the term
  while (low < high) { const m = (low + high) >> 1; if (first[m] <= want.term) low = m + 1; else high = m }
  const shards = [Math.max(low, 1)]
  while (want.begins && shards.at(-1) < first.length && first[shards.at(-1)].startsWith(want.term)) shards.push(shards.at(-1) + 1)
  for (const terms of await Promise.all(shards.map(n => shard(n, rows.length))))
    for (const [term, pages] of terms)
      if (want.begins ? term.startsWith(want.term) : term === want.term) for (const p of pages) found.add(p)
  return found
}

// search answers the rows of the whole list that hold every word, or null if
// the query has no words.
const search = async query => {
  const wants = window.gptsnapWords?.wants(query) || []
  if (!wants.length || !here) return null
  const index = await load('index')
  const hits = index.first.length ? await Promise.all(wants.map(w => lookUp(w, index))) : [new Set()]
  return new Set([...hits.reduce((a, b) => a.intersection ? a.intersection(b) : new Set([...a].filter(p => b.has(p))))].map(p => index.rows[p]))
}

// Quotations come from the pages themselves, opened in frames that nobody sees,
// a few at a time, for the rows that somebody looks at.
const quoted = new Map()
const frames = new Set()
let queue = [], opened = 0
const most = 3
addEventListener('message', e => {
  for (const f of frames) if (e.source === f.contentWindow && e.data?.gptsnap && e.data.of === f.src) f.answer(e.data.gptsnap)
})
const quote = (row, query) => {
  const key = row.a.pathname + '\n' + query
  if (quoted.has(key)) return row.quote(quoted.get(key))
  queue.push({ row, query, key })
  next()
}
const next = () => {
  while (frames.size < most && queue.length) {
    const { row, query, key } = queue.shift(), f = make('iframe', { hidden: true, title: 'a page to quote from' })
    f.name = `${performance.timeOrigin} ${++opened}` // no frame of the past, whose page a browser would bring back
    const end = got => {
      clearTimeout(f.timer)
      frames.delete(f)
      f.remove()
      if (got) { quoted.set(key, got); row.quote(got) }
      next()
    }
    f.answer = end
    f.timer = setTimeout(end, 10000)
    f.src = row.a.href.replace(/#.*/, '') + '#quote=' + encodeURIComponent(query)
    frames.add(f)
    document.body.append(f)
  }
}
const unquote = () => {
  queue = []
  for (const f of frames) { clearTimeout(f.timer); f.remove() }
  frames.clear()
}

const list = () => {
  const form = document.querySelector('.find'), main = document.querySelector('main')
  const months = all('.month')
  const of = main.dataset.rows?.split(' ').map(Number) // rows of the whole list, on a page that lists some
  const rows = months.flatMap(m => [...m.querySelectorAll('li')].map(li => ({ li, m }))).map(({ li, m }, i) => ({ li, m, n: of ? of[i] : i, a: li.firstElementChild, is: (li.dataset.is || '').split(' ') }))
  // What a row says is read when there is time, or somebody asks: its model as
  // b, its project as i, its GPT as em.
  const read = () => {
    if (!rows.length || rows[0].text !== undefined) return
    for (const r of rows) {
      const day = parseInt(r.a.nextElementSibling.textContent, 10)
      r.day = r.m.id && day ? `${r.m.id}-${String(day).padStart(2, '0')}` : ''
      for (const el of r.li.querySelector('p').children) r[el.localName] = el.textContent
      r.text = (r.li.textContent + ' ' + r.m.firstElementChild.firstChild.textContent + ' ' + r.day).toLowerCase().normalize()
    }
  }

  const box = make('input', { type: 'search', placeholder: here ? 'Search titles and everything said' : 'Find by title, date, model, project', autocomplete: 'off', spellcheck: false })
  box.setAttribute('aria-label', 'Find conversations')
  const names = q => [...new Set(all('.month p>' + q).map(el => el.textContent))].sort().map(n => [n, n])
  const pick = (label, key, any, options) => {
    const s = make('select', { name: key }, ...[['', any], ...options].map(([value, textContent]) => make('option', { value, textContent })))
    s.setAttribute('aria-label', label)
    return s
  }
  const day = (label, key) => { const i = make('input', { type: 'date', name: key }); i.setAttribute('aria-label', label); return i }
  const from = day('Changed on this day or later', 'from'), to = day('Changed on this day or earlier', 'to')
  const state = pick('State', 'state', 'All chats', [['kept', 'Not archived'], ['archived', 'Archived'], ['starred', 'Starred'], ['forked', 'With branches'], ['files', 'With files']])
  const model = pick('Model', 'model', 'Every model', names('b')), project = pick('Project', 'project', 'Every project', names('i')), gpt = pick('GPT', 'gpt', 'Every GPT', names('em'))
  const sieves = [state, model, project, gpt, from, to]
  const clear = make('button', { type: 'button', textContent: 'Clear' })
  const says = make('output'), shown = make('p', { className: 'says' }, says, clear)
  says.setAttribute('aria-live', 'polite')
  const fold = make('details', { className: 'sieve', open: innerWidth > 640 }, make('summary', { textContent: 'Filters' }),
    make('div', {}, ...sieves.slice(0, 4).filter(s => s.length > 2 || s === state || s.length > 1 && s !== model), make('span', { className: 'days' }, from, ' – ', to)))
  form.append(box, fold, shown)

  // Titles answer at once, the index of all words a moment later, the
  // quotations as they come.
  let hits = null, asked = '', trouble = '', soon = 0
  const look = new IntersectionObserver(seen => { // at months, and at the rows of those in sight
    for (const { isIntersecting, target } of seen) {
      if (!isIntersecting) continue
      if (!target.row) for (const r of target.rows) { if (r.wanted) look.observe(r.li) }
      else if (target.row.wanted) { target.row.wanted = false; quote(target.row, asked) }
    }
  }, { rootMargin: '50% 0px' })
  for (const m of months) m.rows = []
  for (const r of rows) { r.m.rows.push(r); r.li.row = r }
  const set = (r, hit) => {
    if (!hit && !r.hit || hit && r.hit === asked && r.box) return
    r.hit = hit && asked
    r.a.hash = hit ? 'find=' + encodeURIComponent(asked) : ''
    r.box?.remove()
    r.box = null
    look.unobserve(r.li)
    r.wanted = false
    if (!hit) return
    r.wanted = true
  }
  const quoter = r => got => {
    r.box?.remove()
    r.box = make('div', { className: 'quotes' })
    const words = window.gptsnapWords.parts(asked), link = (id, ...inside) => {
      const a = make('a', { href: r.a.href.replace(/#.*/, '') }, ...inside)
      a.hash = (id ? 'm=' + encodeURIComponent(id) + '&' : '') + 'find=' + encodeURIComponent(asked)
      return a
    }
    for (const { id, text } of got.places) {
      const q = make('bdi'), marks = [...window.gptsnapWords.spots(text, words)]
      let at = 0
      for (const [a, b] of marks) { q.append(text.slice(at, a), make('mark', { textContent: text.slice(a, b) })); at = b }
      q.append(text.slice(at))
      r.box.append(link(id.replace(/^m=/, ''), q))
    }
    const more = got.total - got.places.length
    if (!got.total) r.box.append(make('span', { textContent: 'all of it, but not in one piece' }))
    else if (more > 0) r.box.append(make('span', { textContent: got.total < 5000 ? `${more} more ${more === 1 ? 'place' : 'places'}` : 'thousands more' }))
    r.li.append(r.box)
  }
  const sift = () => {
    const words = box.value.toLowerCase().normalize().split(/\s+/).filter(Boolean)
    const narrowed = words.length || sieves.some(s => s.value)
    if (narrowed) read()
    unquote()
    let n = 0
    const live = new Map(months.map(m => [m, 0]))
    for (const r of rows) {
      const hit = !!hits?.has(r.n)
      const yes = !narrowed || (hit || words.every(w => r.text.includes(w))) && (!state.value || r.is.includes(state.value) || state.value === 'kept' && !r.is.includes('archived')) &&
        (!model.value || r.b === model.value) && (!project.value || r.i === project.value) && (!gpt.value || r.em === gpt.value) &&
        (!from.value || r.day && r.day >= from.value) && (!to.value || r.day && r.day <= to.value)
      if (r.li.hidden === yes) r.li.hidden = !yes
      if (yes) { n++; live.set(r.m, live.get(r.m) + 1) }
      set(r, yes && hit)
    }
    for (const [m, k] of live) {
      if (m.hidden === (k > 0)) m.hidden = !k
      m.querySelector('h2 span').textContent = k
    }
    main.classList.toggle('searched', !!hits)
    says.textContent = (narrowed ? n ? `${n} of ${rows.length} conversations` : 'Nothing found' : '') + trouble
    clear.hidden = !narrowed
    fold.firstElementChild.textContent = 'Filters' + (sieves.some(s => s.value) ? ` (${sieves.filter(s => s.value).length})` : '')
    clearTimeout(soon)
    for (const m of months) look.unobserve(m)
    if (hits?.size) soon = setTimeout(() => { for (const m of months) if (live.get(m)) look.observe(m) }, 150)
    note()
  }
  const ask = async () => {
    const query = box.value
    if (query === asked) return sift()
    asked = query
    hits = null
    let got = null
    const answer = search(query)
    answer.catch(() => {})
    if (!query || !await Promise.race([answer.then(() => true, () => true), new Promise(done => setTimeout(done, 80))])) sift()
    try { got = await answer; trouble = '' } catch { trouble = ' (titles only: the search index is missing)' }
    if (query !== asked) return
    hits = got
    sift()
    form.dataset.done = query // for whoever waits for it
  }
  // What is asked for stands in the address, so that a link can ask and the way
  // back from a page leads to the same rows: index.html#project=Garden
  const note = () => {
    const parts = [['search', asked], ...sieves.map(s => [s.name, s.value])].filter(x => x[1]).map(([k, v]) => k + '=' + encodeURIComponent(v))
    const hash = parts.length ? '#' + parts.join('&') : ''
    if (hash !== location.hash) history.replaceState(null, '', hash || location.href.replace(/#.*/, ''))
  }
  const asks = () => {
    const to = new URLSearchParams(location.hash.slice(1))
    if (![...to.keys()].some(k => k === 'search' || sieves.some(s => s.name === k))) return
    for (const s of sieves) s.value = to.get(s.name) || ''
    box.value = to.get('search') || ''
    if (sieves.some(s => s.value)) fold.open = true
    ask()
  }
  for (const r of rows) r.quote = quoter(r)
  box.oninput = ask
  for (const s of sieves) s.oninput = sift
  clear.onclick = () => { for (const s of [box, ...sieves]) s.value = ''; ask(); box.focus() }
  form.onsubmit = e => e.preventDefault()
  clear.hidden = true
  asks()
  addEventListener('hashchange', asks)

  if (window.requestIdleCallback) requestIdleCallback(read)

  // "/" goes to the box, the arrows from it through what was found.
  addEventListener('keydown', e => {
    if (e.ctrlKey || e.metaKey || e.altKey) return
    if (e.key === '/' && !e.target.closest('input,select,textarea')) { e.preventDefault(); box.focus(); box.select() }
    if (e.key === 'Escape' && e.target === box) { box.value = ''; ask() }
    if (e.key !== 'ArrowDown' && e.key !== 'ArrowUp' || e.target !== box && !e.target.closest('.month a')) return
    const links = all('.month:not([hidden]) li:not([hidden]) a'), at = links.indexOf(e.target) + (e.key === 'ArrowDown' ? 1 : -1)
    if (at < 0 && e.target === box) return
    e.preventDefault()
    ;(links[at] || (at < 0 ? box : links.at(-1)))?.focus()
  })
}
document.addEventListener('DOMContentLoaded', list)
})()
