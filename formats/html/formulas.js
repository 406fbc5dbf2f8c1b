// Draws formulas with KaTeX as they come near the window. What KaTeX does not
// understand stays TeX, as all of it does without scripts.
document.addEventListener('DOMContentLoaded', () => {
  'use strict'
  const all = [...document.querySelectorAll('.math')]
  const draw = el => {
    if (el.dataset.tex !== undefined) return
    const text = el.textContent.trim(), m = text.match(/^(\\\(|\\\[|\$\$|\$)([^]*?)(\\\)|\\\]|\$\$|\$)$/)
    el.dataset.tex = text
    if (!m || !window.katex) return
    const box = document.createElement(el.tagName)
    try {
      window.katex.render(m[2], box, { displayMode: m[1] === '\\[' || m[1] === '$$', output: 'html', throwOnError: true, trust: () => { throw new Error('left as TeX') }, strict: 'ignore', maxExpand: 1000, maxSize: 50 })
    } catch { return }
    el.classList.add('drawn')
    el.setAttribute('role', 'math')
    el.setAttribute('aria-label', m[2].trim())
    el.replaceChildren(...box.childNodes)
  }
  const near = new IntersectionObserver(seen => {
    for (const x of seen) if (x.isIntersecting) { near.unobserve(x.target); draw(x.target) }
  }, { rootMargin: '100% 0px' })
  all.forEach(el => near.observe(el))
  addEventListener('beforeprint', () => all.forEach(draw))
  // A copied formula is its TeX again.
  document.addEventListener('copy', e => {
    const picked = getSelection()
    if (!picked.rangeCount || e.target.closest?.('input,textarea')) return
    const part = picked.getRangeAt(0).cloneContents(), drawn = [...part.querySelectorAll('.drawn')]
    if (!drawn.length) return
    for (const el of drawn) el.textContent = el.dataset.tex
    e.clipboardData.setData('text/plain', part.textContent)
    e.preventDefault()
  })
})
