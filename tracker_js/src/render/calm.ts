/**
 * Whether this is a moment for an offer: never over a dialog or a cookie banner, never while somebody types or pays.
 *
 * Asked only while an offer waits or is open, so that it may look at the page's layout.
 */

import type { Host } from '../host'

const TYPING_MS = 3000
const PAYMENT_PAGES = ['checkout', 'payment']
/** What banners about consent are called, or say, and nothing else that is fixed to a window does. */
const CONSENT = /cookie|consent|gdpr|rgpd|dsgvo|privacy|usercentrics|didomi|sp_message|axeptio/i
/** Of the window: what is fixed and larger covers the shop, and is meant to. */
const BIG = 0.3

let typedAt = Number.NEGATIVE_INFINITY

document.addEventListener('input', () => (typedAt = performance.now()), { capture: true, passive: true })

/** Why nothing may be drawn now, or an empty text. */
export function obstacle(host: Host, isModal?: boolean): string {
  if (document.hidden) return 'hidden'
  const focused = document.activeElement
  if (PAYMENT_PAGES.includes(host.currentType()) || isSeen('[autocomplete^=cc-]')) return 'payment_step'
  // What is typed into a frame, a card's number for one, is told to nobody outside.
  if (performance.now() - typedAt < TYPING_MS || focused?.matches(isModal ? FIELD : 'iframe')) return 'typing'
  return isCovered() ? 'dialog_open' : ''
}

/** Ours. */
const LAYER = 'fifthclick-layer'
const FIELD = 'iframe,input,select,textarea,[contenteditable]'

const isSeen = (selector: string) =>
  [...document.querySelectorAll(selector)].some((element) => element.getClientRects().length)

/** Something of the shop's lies over the page: a dialog, something about consent, or large. Found where it is, by looking at points of the window. */
export function isCovered(): boolean {
  if (isSeen('dialog[open],[aria-modal=true]')) return true
  for (let i = 0; i < 64; i++) {
    const x = 24 + ((i % 8) * (innerWidth - 48)) / 7
    const y = 24 + ((i >> 3) * (innerHeight - 48)) / 7
    let at: Element | null | undefined = document.elementsFromPoint(x, y).find((one) => one.localName !== LAYER)
    for (; at && at !== document.body; at = at.parentElement) if (isCover(at)) return true
  }
  return false
}

function isCover(element: Element): boolean {
  const { width, height } = element.getBoundingClientRect()
  // A box that a consent manager draws in a shadow of its own is fixed in there.
  const isFixed = getComputedStyle(element).position === 'fixed' || element.shadowRoot
  // What holds the page itself, or its menu, is the shop.
  if (!isFixed || element.matches('header,nav') || element.querySelector('main,nav,footer')) return false
  return (
    width * height > innerWidth * innerHeight * BIG ||
    CONSENT.test(element.id + element.className + element.textContent)
  )
}
