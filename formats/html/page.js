// Comfort for readers with scripts on: theme, versions, copying. Everything
// that matters is in the page without it.
(() => {
'use strict'
const root = document.documentElement
const source = document.currentScript.getAttribute('src') // null in a page that stands alone
const keep = (k, v) => { try { return v === undefined ? localStorage.getItem(k) : localStorage.setItem(k, v) } catch { return null } }
const make = (tag, props) => Object.assign(document.createElement(tag), props)
const all = (q, at = document) => [...at.querySelectorAll(q)]

// The theme is set before the first paint; "auto" follows the system.
const themes = ['auto', 'light', 'dark']
let theme = themes.includes(keep('theme')) ? keep('theme') : 'auto'
const paint = () => { root.dataset.theme = theme }
root.classList.add('js')
paint()

const themeButton = () => {
  const b = make('button', { type: 'button' })
  const say = () => { b.textContent = 'Theme: ' + theme }
  b.onclick = () => { theme = themes[(themes.indexOf(theme) + 1) % 3]; keep('theme', theme); paint(); say() }
  say()
  document.querySelector('.top').append(b)
}

const copyButtons = () => {
  for (const card of all('.code')) {
    const b = make('button', { type: 'button', className: 'copy', textContent: 'Copy' })
    b.setAttribute('aria-label', 'Copy this code')
    ;(card.querySelector('figcaption') || card).append(b)
  }
  document.addEventListener('click', async e => {
    const b = e.target.closest('.copy')
    if (!b) return
    const text = all('pre', b.closest('.code')).map(p => p.textContent).join('\n')
    let done = true
    try { await navigator.clipboard.writeText(text) } catch {
      const t = make('textarea', { value: text })
      document.body.append(t)
      t.select()
      done = document.execCommand('copy')
      t.remove()
      b.focus()
    }
    b.textContent = done ? 'Copied' : 'Not copied'
    setTimeout(() => { b.textContent = 'Copy' }, 1500)
  })
}

// The pages before and after this one in the list, from a small table.
const near = () => {
  if (!source) return
  const assets = source.slice(0, source.lastIndexOf('/') + 1), up = assets.slice(0, -'assets'.length - 1)
  let path = location.pathname.split('/').slice(-1 - up.split('../').length + 1).join('/')
  try { path = decodeURIComponent(path).normalize('NFC') } catch { return }
  let hash = 0x811c9dc5
  for (const b of new TextEncoder().encode(path)) hash = Math.imul(hash ^ b, 0x01000193) >>> 0
  window.gptsnapNear = table => {
    if (!Object.hasOwn(table, path)) return
    const nav = make('nav', { className: 'near' })
    nav.setAttribute('aria-label', 'Neighbours in the list')
    for (const [rel, name, to] of [['prev', 'Newer', table[path][0]], ['next', 'Older', table[path][1]]]) {
      if (!to) continue
      const a = make('a', { href: up + to[0], rel })
      a.append(make('span', { textContent: name }), make('bdi', { textContent: to[1] }))
      nav.append(a)
    }
    document.querySelector('.foot').prepend(nav)
  }
  document.head.append(make('script', { src: `${assets}near/${hash % 256}.js` }))
}

// Versions. A fork holds its other versions in a fold; the one that the page
// goes on with is what follows the fork in the same box. Showing another one
// hides what follows.
const hide = (el, yes) => { if (yes) el.setAttribute('hidden', 'until-found'); else if (el.hidden) el.removeAttribute('hidden') }
const alts = f => [...f.querySelector(':scope>.others').children].filter(s => s.matches('.alt'))
const forkOf = section => section.parentElement.parentElement

const settle = box => {
  let off = false
  for (const el of box.children) {
    if (el.matches('.head,.cut')) continue
    hide(el, off)
    if (el.dataset.on && el.dataset.on !== el.dataset.v) off = true
  }
}
const choose = (f, v) => {
  const was = f.dataset.on
  f.dataset.on = v
  for (const s of alts(f)) hide(s, s.dataset.v !== f.dataset.on)
  if (was) settle(f.parentElement) // at first nothing is off
  const list = f.versions, at = list.indexOf(+v), nav = f.querySelector(':scope>.ver>nav')
  nav.setAttribute('aria-label', `Version ${v} of ${f.dataset.of}`)
  nav.children[0].disabled = at < 1
  nav.children[1].textContent = `${v}/${f.dataset.of}`
  nav.children[2].disabled = at > list.length - 2
}
const step = (f, by) => {
  const to = f.versions[f.versions.indexOf(+f.dataset.on) + by]
  if (!to) return
  const was = f.getBoundingClientRect().top
  choose(f, to)
  scrollBy({ top: f.getBoundingClientRect().top - was, behavior: 'instant' })
}
// reveal makes el and all it stands in visible.
const reveal = el => {
  for (let at = el; at && at !== document.body; at = at.parentElement) {
    if (at.matches('.alt') && forkOf(at).dataset.on) choose(forkOf(at), at.dataset.v)
    else if (at.matches('details')) at.open = true
    for (let f = at.previousElementSibling; f; f = f.previousElementSibling)
      if (f.dataset.on && f.dataset.on !== f.dataset.v) choose(f, f.dataset.v)
  }
}
const follow = () => {
  let id = location.hash.slice(1)
  try { id = decodeURIComponent(id) } catch {}
  const el = id && document.getElementById(id)
  if (!el) return
  reveal(el)
  // What comes into sight gets its true height only then: so a few times.
  let turns = 4
  const go = () => { el.scrollIntoView({ block: 'start', behavior: 'instant' }); if (--turns) requestAnimationFrame(go) }
  go()
}

window.gptsnapReveal = reveal

const switchers = () => {
  const forks = all('.fork[data-v]').filter(f => f.querySelector(':scope>.others'))
  for (const f of forks) {
    f.versions = [+f.dataset.v, ...alts(f).map(s => +s.dataset.v)].sort((a, b) => a - b)
    const nav = make('nav'), bar = f.querySelector('.ver')
    const button = (by, text, name) => {
      const b = make('button', { type: 'button', textContent: text, onclick: () => step(f, by) })
      b.setAttribute('aria-label', name)
      return b
    }
    const says = make('output')
    nav.setAttribute('role', 'group') // there may be many: no landmark each
    nav.append(button(-1, '‹', 'Previous version'), says, button(1, '›', 'Next version'))
    bar.querySelector('b').replaceWith(nav)
    f.querySelector(':scope>.others').open = true
    choose(f, f.dataset.v)
  }
  const every = all('.fork')
  if (every.length) window.gptsnapVersions?.(forks, every)
  if (!forks.length) return
  document.addEventListener('beforematch', e => reveal(e.target))
  // Alt and an arrow turn the fork that has the focus, else the one nearest to
  // the middle of the window. With none in sight they go through the history.
  addEventListener('keydown', e => {
    if (!e.altKey || e.ctrlKey || e.metaKey || e.shiftKey || e.key !== 'ArrowLeft' && e.key !== 'ArrowRight') return
    let best = document.activeElement.closest('.ver')?.parentElement, least = Infinity
    if (!best) for (const f of forks) {
      const r = f.querySelector('.ver').getBoundingClientRect()
      if (!r.height || r.bottom < 0 || r.top > innerHeight || f.closest('[hidden]')) continue
      const d = Math.abs(r.top - innerHeight / 2)
      if (d < least) { least = d; best = f }
    }
    if (!best) return
    e.preventDefault()
    step(best, e.key === 'ArrowLeft' ? -1 : 1)
  })
}

document.addEventListener('DOMContentLoaded', () => {
  themeButton()
  if (document.body.className === 'list') return
  copyButtons()
  near()
  switchers()
  follow()
  addEventListener('hashchange', follow)
})
})()
