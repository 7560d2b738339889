/**
 * The layer that holds an offer: one at a time, drawn in a calm moment, closed without a trace.
 *
 * Lives here: when it may come, where it sits, how it is announced and closed. Not here: what an action looks like.
 */

import type { Host } from '../host'
import { Tag } from '../schema'
import { make, type Parts } from './dom'
import { claims } from './parts'
import { STYLE } from './style'
import type { Offer } from './types'
import { until } from './words'

/** How an action is drawn: where, and with which nodes under its title. */
export interface Look {
  at: 'bar' | 'card'
  /** What is false or empty is left out. */
  nodes: Parts
}

export type Draw = (layer: Layer) => Look

/** What the nodes of an action may ask of its layer. */
export interface Layer {
  offer: Offer
  /** The shopper took it: from here on closing it is no refusal. */
  taken: (tag: Tag.ActionClicked | Tag.ActionSubmitted) => void
  /** Say something to screen readers, politely. */
  say: (text: string) => void
  close: () => void
}

const RETRY_MS = 250
const TYPING_MS = 3000
/** What a timer can hold. */
const LONGEST_MS = 2 ** 31 - 1
const PAYMENT_PAGES = ['checkout', 'payment']
/** In the order of their tags. */
const NAMES = 'shown clicked dismissed submitted withheld'.split(' ')

let open: { layer: Layer; isTaken: boolean; isShown: boolean; remove: () => void } | undefined
let waiting: { offer: Offer; draw: Draw; obstacle: string }[] = []
let timer: ReturnType<typeof setTimeout> | undefined
let typedAt = Number.NEGATIVE_INFINITY

document.addEventListener('input', () => (typedAt = performance.now()), { capture: true, passive: true })

/** Report to the server, and to the shop's own dataLayer. */
export function report({ host, decision_id, action_id }: Offer, tag: Tag, ...rest: (string | number)[]): void {
  host.emit(tag as Tag.ActionShown, decision_id, action_id, ...(rest as [number, string]))
  const w = window as unknown as { dataLayer?: unknown[] }
  w.dataLayer?.push({ event: 'fifthclick_action', action_event: NAMES[tag - Tag.ActionShown], decision_id, action_id })
}

/** Tell what the shop's page listens for. */
export function tell({ handlers }: Host, name: string, value: unknown, more?: unknown): void {
  for (const [wanted, handler] of handlers) if (wanted === name) handler(value, more)
}

/** Why nothing may be drawn now, or an empty text. */
export function obstacle(host: Host): string {
  if (document.visibilityState === 'hidden') return 'hidden'
  if (PAYMENT_PAGES.includes(host.currentType())) return 'payment_step'
  if (performance.now() - typedAt < TYPING_MS) return 'typing'
  for (const dialog of document.querySelectorAll('dialog[open],[aria-modal=true]'))
    if (dialog.getClientRects().length) return 'dialog_open'
  return open && !open.isTaken ? 'layer_open' : ''
}

/** Draw this as soon as the page is calm; after its time it is reported as withheld, with the reason. */
export function enqueue(offer: Offer, draw: Draw): void {
  waiting.push({ offer, draw, obstacle: '' })
  pump()
}

function pump(): void {
  clearTimeout(timer)
  const next = waiting[0]
  if (!next) return
  const isOver = Date.now() >= next.offer.params.ends_at_ms!
  const isLate = performance.now() > next.offer.until
  const now = isOver ? 'deadline_passed' : obstacle(next.offer.host)
  if (now || isLate) {
    next.obstacle = now || next.obstacle || 'too_late'
    if (isOver || isLate) {
      waiting.shift()
      report(next.offer, Tag.ActionWithheld, next.obstacle)
    }
    timer = setTimeout(pump, RETRY_MS)
    return
  }
  waiting.shift()
  open?.remove()
  try {
    show(next.offer, next.draw)
  } catch {
    // A browser that lacks something: the shop's page does not notice, and the server is told.
    open = undefined
    report(next.offer, Tag.ActionWithheld, 'failed')
  }
}

function show(offer: Offer, draw: Draw): void {
  // Its box is inside the shadow root, where no rule of the shop's reaches.
  const shell = document.createElement('fifthclick-layer')
  const box = make('div')
  const status = make('div', { role: 'status' })
  const root = shell.attachShadow({ mode: 'open' })
  let cameFrom: EventTarget | null = null

  const { title, text, decline, honour, claim: ticket, ends_at_ms: ends } = offer.params
  const remove = () => {
    clearTimeout(ending)
    const hadFocus = root.activeElement
    shell.remove()
    open = undefined
    // Focus goes back where the shopper came from; it was never taken.
    if (hadFocus && cameFrom instanceof HTMLElement) cameFrom.focus({ preventScroll: true })
    pump()
  }
  const layer: Layer = {
    offer,
    taken: (tag) => {
      if (mine.isTaken) return
      mine.isTaken = true
      report(offer, tag)
      // Beside the click, and only for the books: who needs a code of their own asks for it.
      if (ticket && honour?.by !== 'pool') claims().then(({ claim }) => claim?.(offer))
    },
    say: (text) => {
      status.textContent = text
    },
    close: remove,
  }
  const mine = { layer, isTaken: false, isShown: false, remove }
  open = mine
  const dismiss = () => {
    if (!mine.isTaken) report(offer, Tag.ActionDismissed)
    remove()
  }

  // What was taken in time stays: the code may still be read.
  const goes = () => open === mine && !mine.isTaken && remove()
  const ending = ends && setTimeout(goes, Math.min(ends - Date.now(), LONGEST_MS))
  const valid = ends ? until(ends) : ''
  if (ticket) claims()
  const { at, nodes } = draw(layer)
  nodes.splice(-1, 0, !!valid && make('p', { class: 'small' }, valid))
  const close = make('button', { type: 'button', class: 'no x', 'aria-label': decline }, '×')
  const section = make('section', { role: 'region', 'aria-label': title }, make('h2', {}, title), ...nodes, close)
  for (const button of section.querySelectorAll<HTMLElement>('.no')) button.onclick = dismiss
  section.onkeydown = ({ key }) => {
    if (key === 'Escape') dismiss()
  }
  section.addEventListener('focusin', (e) => {
    if (!cameFrom && e.relatedTarget) cameFrom = e.relatedTarget
  })
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(STYLE)
  root.adoptedStyleSheets = [sheet]
  shell.dataset.fcLayer = ''
  box.className = at
  box.append(status, section)
  dress(box, at)
  root.append(box)
  // Beside <body>: there it is fixed to the window even where the shop moves its body about.
  document.documentElement.append(shell)
  afterPaint(() => {
    // Withdrawn, or the page was left, before anybody could see it.
    if (open !== mine) return
    mine.isShown = true
    report(offer, Tag.ActionShown, Math.max(0, Math.round(performance.now() - offer.since)), at)
    // The status was there before its text, so that it is read out.
    layer.say([title, text, valid].filter(Boolean).join('. '))
  })
}

/** After the frame that holds what was just appended. */
function afterPaint(then: () => void): void {
  requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      then()
    }
    port2.postMessage(0)
  })
}

/** Beside what the shop has fixed to the same edge, and with a label colour that can be read on the shop's accent. */
function dress(box: HTMLElement, at: Look['at']): void {
  const top = at === 'bar'
  const root = getComputedStyle(document.documentElement)
  let edge = Number.parseFloat(root.getPropertyValue(top ? '--fc-inset-top' : '--fc-inset-bottom'))
  if (Number.isNaN(edge)) {
    edge = 0
    let found = document.elementFromPoint(innerWidth - 24, top ? 12 : innerHeight - 12)
    for (; found; found = found.parentElement) {
      if (!/fixed|sticky/.test(getComputedStyle(found).position)) continue
      const { top: above, bottom } = found.getBoundingClientRect()
      edge = top ? bottom : innerHeight - above
      if (edge > innerHeight * 0.4) edge = 0
      break
    }
  }
  box.style.setProperty('--at', `${Math.max(0, edge)}px`)
  // Most shops set their font on <body>, and the layer stands beside it.
  box.style.fontFamily = getComputedStyle(document.body).fontFamily
  box.style.setProperty('--on-accent', readableOn(root.getPropertyValue('--fc-accent').trim() || '#1b1f24'))
}

/** Black or white, whichever has more contrast (WCAG 2.2, relative luminance). */
export function readableOn(colour: string): string {
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(colour)?.[1]
  const parts = hex
    ? hex.length === 3
      ? [...hex].map((c) => Number.parseInt(c + c, 16))
      : [0, 2, 4].map((i) => Number.parseInt(hex.slice(i, i + 2), 16))
    : (colour.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number)
  const [r, g, b] = parts.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4))
  return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0) > 0.179 ? '#000' : '#fff'
}

/** Not any more: drop it from the queue, or take it down. What nobody has seen yet is reported, with the reason. */
export function withdraw(decisionId: string, reason: string): void {
  const isIt = ({ offer }: { offer: Offer }) => offer.decision_id === decisionId
  const waits = waiting.find(isIt)
  waiting = waiting.filter((other) => other !== waits)
  if (waits) report(waits.offer, Tag.ActionWithheld, reason)
  if (!open || !isIt(open.layer)) return
  if (!open.isShown) report(open.layer.offer, Tag.ActionWithheld, reason)
  open.remove()
}

/** The page goes: nothing stays. */
export function takeDown(): void {
  waiting = []
  open?.remove()
}
