/** A code that was taken, kept for the page that has a field for it. */

import type { Host } from '../host'
import { safe } from '../util'

const KEPT = '_fc.code'

/** A code, and the selector of the field that it is for. */
type Kept = [code: string, field: string]

/** Whether the shop allows us its storage: `data-storage="none"` does not. */
const mayKeep = ({ setting }: Host) => (setting('storage') ?? 'session') === 'session'

/** Without storage it is still on the screen. */
export const keep = safe(
  (host: Host, ...kept: Kept) => mayKeep(host) && sessionStorage.setItem(KEPT, JSON.stringify(kept)),
)

/** Write a code that was taken, now or on an earlier page, into the shop's own field, where that is on this page and empty. */
export const prefill = safe((host: Host, taken?: Kept) => {
  const [code, field] = taken ?? JSON.parse((mayKeep(host) && sessionStorage.getItem(KEPT)) || '[]')
  // A selector that the browser cannot read throws: the code was shown.
  const input = field && document.querySelector(field)
  if (!(input instanceof HTMLInputElement) || input.value) return
  input.value = code
  for (const type of ['input', 'change']) input.dispatchEvent(new Event(type, { bubbles: true }))
})
