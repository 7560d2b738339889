/** A code that was taken, kept for the page that has a field for it. */

import { safe } from '../util'

const KEPT = '_fc.code'

/** Without storage it is still on the screen. */
export const keep = safe((code: string, field: string) => sessionStorage.setItem(KEPT, JSON.stringify([code, field])))

/** Write a code that was taken into the shop's own field, where that is on this page and empty. */
export const prefill = safe(() => {
  const [code, field] = JSON.parse(sessionStorage.getItem(KEPT) ?? '[]')
  // A selector that the browser cannot read throws: the code was shown.
  const input = field && document.querySelector(field)
  if (!(input instanceof HTMLInputElement) || input.value) return
  input.value = code
  for (const type of ['input', 'change']) input.dispatchEvent(new Event(type, { bubbles: true }))
})
