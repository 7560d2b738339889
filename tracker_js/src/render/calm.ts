/**
 * Whether this is a moment for an offer: never over a dialog or a cookie banner, never while somebody types or pays.
 *
 * Asked only while an offer waits or is open, so that it may look at the page's layout.
 */

import type { Host } from '../host'
import type { Stop } from '../util'
import { isFaded, line } from './seen'

const TYPING_MS = 3000
const PAYMENT_PAGES = /^(checkout|payment)$/
/** What banners about consent are called, or say, and nothing else that is fixed to a window does. */
const CONSENT = /cookie|consent|gdpr|rgpd|dsgvo|privacy|usercentrics|didomi|sp_message|axeptio/i
/** Of the window: what is fixed and larger covers the shop, and is meant to. */
const BIG = 0.3

let typedAt = Number.NEGATIVE_INFINITY

const typed = () => {
  typedAt = performance.now()
}

/** Begin to notice that somebody types. Returns the off switch. */
export function heed(): Stop {
  document.addEventListener('input', typed, true)
  return () => document.removeEventListener('input', typed, true)
}

/** Why nothing may be drawn now, or an empty text. */
export function obstacle(host: Host, isModal?: boolean): string {
  if (document.hidden || isFaded(document.body)) return 'hidden'
  const focused = document.activeElement
  if (PAYMENT_PAGES.test(host.currentType()) || isSeen('[autocomplete^=cc-]')) return 'payment_step'
  // What is typed into a frame, a card's number for one, is told to nobody outside.
  if (performance.now() - typedAt < TYPING_MS || focused?.matches(isModal ? FIELD : 'iframe')) return 'typing'
  return isCovered() ? 'dialog_open' : ''
}

/** The layer, and the debug box. */
const OURS = '[data-fc-layer]'
const FIELD = 'iframe,input,select,textarea,[contenteditable]'

const DIALOG = 'dialog[open],[aria-modal=true]'

const isSeen = (selector: string) =>
  [...document.querySelectorAll(selector)].some((element) => element.getClientRects().length)

/** What lies at a point, the uppermost first, and in components what lies there in their shadows. */
const pile = (root: Document | ShadowRoot, x: number, y: number): Element[] =>
  root
    .elementsFromPoint(x, y)
    .flatMap((one) =>
      one.matches(OURS) || one.getRootNode() !== (root as Node)
        ? []
        : [...(one.shadowRoot ? pile(one.shadowRoot, x, y) : []), one],
    )

/** The n-th of eight points along the window, none at its very edge. */
const spot = (n: number, wholePx: number) => 24 + (n * (wholePx - 48)) / 7

/** Something of the shop's lies over the page: a dialog, something about consent, or large. Found where it is, by looking at points of the window. */
export function isCovered(): boolean {
  if (isSeen(DIALOG)) return true
  for (let i = 0; i < 64; i++) {
    const [top, ...below] = pile(document, spot(i % 8, innerWidth), spot(i >> 3, innerHeight))
    const around = line(top)
    if (around.some((one) => isCover(one, below, around))) return true
  }
  return false
}

function isCover(element: Element, below: Element[], around: Element[]): boolean {
  const { position } = getComputedStyle(element)
  const { id, className, textContent } = element
  if (element.matches(DIALOG)) return true
  // A column that goes along with the page is part of it, unless it is called by what it asks.
  if (position === 'sticky') return CONSENT.test(id + className)
  if (position !== 'fixed') return false
  const { width, height } = element.getBoundingClientRect()
  // An app may live in a box that is as large as the window: what holds the page covers nothing, nor does what has nothing under it.
  if (width * height > innerWidth * innerHeight * BIG)
    return (
      !(element.shadowRoot ?? element).querySelector('main') &&
      below.some((one) => !around.includes(one) && !line(one).includes(element))
    )
  // Menus and footers lead to pages about privacy.
  return (
    !element.matches('header,nav') && !element.querySelector('nav,footer') && CONSENT.test(id + className + textContent)
  )
}
