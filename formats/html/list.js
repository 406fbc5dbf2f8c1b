// The list of conversations, with scripts on: filters and the search of all
// that was said. Every row is in the page without it.
;(() => { // after another script, in a page that stands alone
'use strict'
const make = (tag, props) => Object.assign(document.createElement(tag), props)
const all = (q, at = document) => [...at.querySelectorAll(q)]

// The index: every row is text in the page; filtering hides rows.
const finder = () => {
  const form = document.querySelector('.find')
  const word = (li, q) => li.querySelector(q)?.textContent || ''
  const rows = all('.month li').map(li => ({ li, text: (li.textContent + ' ' + li.parentElement.previousElementSibling.textContent).toLowerCase().normalize(), is: (li.dataset.is || '').split(' '), model: word(li, 'p>b'), project: word(li, 'p>i'), gpt: word(li, 'p>em') }))
  const months = all('.month')
  const box = make('input', { type: 'search', placeholder: window.gptsnapSearch ? 'Search titles and all that was said' : 'Find by title, date, model, project', autocomplete: 'off' })
  box.setAttribute('aria-label', 'Find conversations')
  const pick = (name, options) => {
    const s = make('select')
    s.setAttribute('aria-label', name)
    for (const [value, label] of options) s.append(make('option', { value, textContent: label }))
    s.oninput = () => sift()
    return s
  }
  const names = key => [...new Set(rows.map(r => r[key]))].filter(Boolean).sort()
  const state = pick('State', [['', 'All chats'], ['kept', 'Not archived'], ['archived', 'Archived'], ['starred', 'Starred'], ['forked', 'With branches'], ['files', 'With files']])
  const model = pick('Model', [['', 'Every model'], ...names('model').map(n => [n, n])])
  const project = pick('Project', [['', 'Every project'], ...names('project').map(n => [n, n])])
  const gpt = pick('GPT', [['', 'Every GPT'], ...names('gpt').map(n => [n, n])])
  const says = make('output')
  says.setAttribute('aria-live', 'polite')
  // Titles answer at once; the index of all words a moment later, and what it
  // finds leads to the very words.
  let hits = null, asked = '', trouble = ''
  const sift = () => {
    const words = box.value.toLowerCase().normalize().split(/\s+/).filter(Boolean)
    let n = 0
    rows.forEach((r, i) => {
      const times = hits?.get(i) || 0
      const yes = (times > 0 || words.every(w => r.text.includes(w))) && (!state.value || r.is.includes(state.value) || state.value === 'kept' && !r.is.includes('archived')) &&
        (!model.value || r.model === model.value) && (!project.value || r.project === project.value) && (!gpt.value || r.gpt === gpt.value)
      r.li.hidden = !yes
      n += yes
      if (!yes || times === (r.times || 0) && !times) return
      const a = r.li.firstElementChild
      a.hash = times ? 'find=' + encodeURIComponent(asked) : ''
      r.note = r.note || r.li.querySelector('p').appendChild(make('span', { className: 'times' }))
      r.note.textContent = times ? ` · found ${times < 4 ? times === 1 ? 'once' : times + ' times' : 'many times'}` : ''
      r.times = times
    })
    for (const m of months) m.hidden = !m.querySelector('li:not([hidden])')
    says.textContent = (n === rows.length ? '' : `${n} of ${rows.length} conversations`) + trouble
  }
  const ask = async () => {
    const query = box.value
    if (query === asked) return sift()
    asked = query
    hits = null
    sift()
    let got = null
    try { got = await window.gptsnapSearch?.(query); trouble = '' } catch { trouble = ' (titles only: the search index is missing)' }
    if (query !== asked) return
    hits = got
    sift()
    form.dataset.done = query // for whoever waits for it
  }
  box.oninput = ask
  form.onsubmit = e => e.preventDefault()
  form.append(box, state)
  if (model.length > 2) form.append(model)
  if (project.length > 1) form.append(project)
  if (gpt.length > 1) form.append(gpt)
  // A link may ask: index.html#project=Garden lists one project.
  const asks = () => {
    const [, key, value] = location.hash.match(/^#(project|gpt|model|search)=(.*)/) || []
    if (!key) return
    let to = value
    try { to = decodeURIComponent(value) } catch {}
    if (key === 'search') { box.value = to; ask() } else { ({ project, gpt, model })[key].value = to; sift() }
  }
  asks()
  addEventListener('hashchange', asks)
  form.append(says)
  addEventListener('keydown', e => {
    if (e.key === '/' && !e.target.closest('input,select,textarea')) { e.preventDefault(); box.focus() }
    if (e.key === 'Escape' && e.target === box) { box.value = ''; ask() }
  })
}

document.addEventListener('DOMContentLoaded', finder)
})()
