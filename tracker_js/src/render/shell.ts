/**
 * The layer that holds an offer: one at a time, drawn in a calm moment, closed without a trace.
 *
 * Lives here: its life, from the queue to the last report. Not here: whether the moment is calm (`calm`), where it stands
 * (`place`), what it looks like (`look`, `style`), what an action says.
 */

import { ignored } from '../ignored'
import { Tag } from '../schema'
import { safe } from '../util'
import { isCovered, obstacle } from './calm'
import { make, type Parts } from './dom'
import { dress } from './look'
import { claims } from './parts'
import { enter, inset } from './place'
import { report } from './report'
import { whenSeen } from './seen'
import { STYLE } from './style'
import type { Offer } from './types'
import { speak, until } from './words'

/** How an action is drawn: the nodes under its title, of which the last takes or answers it. False or empty ones are left out. */
export type Draw = (layer: Layer) => Parts

/** What the nodes of an action may ask of its layer. */
export interface Layer {
  offer: Offer
  /** The shopper took it: from here on closing it is no refusal. */
  taken: (tag: Tag.ActionClicked | Tag.ActionSubmitted, ...answer: number[]) => void
  /** Say something to screen readers, politely. */
  say: (text: string) => void
  close: () => void
}

const RETRY_MS = 250
const SWIPE_PX = 60

let open: (Layer & { isTaken?: boolean; isShown?: boolean }) | undefined
let waiting: { offer: Offer; draw?: Draw; obstacle?: string }[] = []
/** What opens a modal, once the first has come. */
let dialogs: typeof import('./rare') | undefined
let timer: ReturnType<typeof setTimeout> | undefined

/** Draw this as soon as the page is calm, and what opens it is here; after its time it is reported as withheld, with the reason. */
export function enqueue(offer: Offer, draw: Draw): void {
  const next: (typeof waiting)[number] = { offer }
  const ready = (modal?: typeof dialogs) => {
    dialogs ||= modal
    next.draw = draw
    pump()
  }
  waiting.push(next)
  // Where its bundle cannot be had, a card does as well.
  if (offer.params.shape === 'modal') import('./rare').then(ready, () => ready())
  else ready()
}

const pump = safe((): void => {
  clearTimeout(timer)
  const next = waiting[0]
  if (!next) return
  const { host, params, until } = next.offer
  const isOver = Date.now() >= params.ends_at_ms!
  const isLate = performance.now() > until
  const now = isOver
    ? 'deadline_passed'
    : next.draw
      ? obstacle(host, params.shape === 'modal') || (open && !open.isTaken ? 'layer_open' : '')
      : 'blocked'
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
  open?.close()
  try {
    show(next.offer, next.draw!)
  } catch {
    // A browser that lacks something: the shop's page does not notice, and the server is told.
    report(next.offer, Tag.ActionWithheld, 'failed')
    open?.close()
  }
})

function show(offer: Offer, draw: Draw): void {
  const { host, params } = offer
  const { title, text, decline, honour, claim: ticket, ends_at_ms: ends, slot, look = {} } = params
  let at = params.shape ?? 'card'
  if (at === 'modal' && dialogs?.isLanding() !== false) at = 'card'
  const isModal = at === 'modal'
  // Its box is inside the shadow root, where no rule of the shop's reaches.
  const shell = document.createElement('fifthclick-layer')
  const root = shell.attachShadow({ mode: 'open' })
  const status = make('div', { role: 'status' })
  let lookAgain: (() => void) | undefined
  let cameFrom = isModal ? document.activeElement : null

  const remove = () => {
    clearTimeout(ending)
    clearInterval(guard)
    const hadFocus = root.activeElement
    shell.remove()
    open = undefined
    // Focus goes back where the shopper came from; it was never taken, but by a modal.
    if (hadFocus) (cameFrom as HTMLElement | null)?.focus?.({ preventScroll: true })
    pump()
  }
  const mine: NonNullable<typeof open> = {
    offer,
    taken: (tag, ...answer) => {
      if (mine.isTaken) return
      mine.isTaken = true
      seen()
      report(offer, tag, ...answer)
      // Beside the click, and only for the books: who needs a code of their own asks for it.
      if (ticket && honour?.by !== 'pool') claims().then(({ claim }) => claim?.(offer))
    },
    say: (text) => {
      status.textContent = text
    },
    close: remove,
  }
  open = mine
  const dismiss = () => {
    if (open !== mine) return
    seen()
    if (!mine.isTaken) report(offer, Tag.ActionDismissed)
    remove()
  }

  // Whoever answers it has seen it.
  const seen = () => {
    if (mine.isShown || open !== mine) return
    mine.isShown = true
    report(
      offer,
      Tag.ActionShown,
      Math.max(0, Math.round(performance.now() - offer.since)),
      at === 'inline' ? `${at}:${slot}` : at,
    )
    // The status was there before its text, so that it is read out. A modal is read as the focus comes to it.
    if (!isModal) mine.say([title, text, valid].filter(Boolean).join('. '))
  }

  // What was taken in time stays: the code may still be read.
  const ending = ends && setTimeout(() => mine.isTaken || remove(), ends - Date.now())
  // A slot that the shop took away took its offer along. What the shop opens now lies under ours: step back until it is gone.
  const guard = setInterval(
    safe(() => {
      if (!shell.isConnected) remove()
      else if (!isModal && at !== 'inline') box.hidden = isCovered()
      lookAgain?.()
    }),
    RETRY_MS * 2,
  )
  speak(look.locale)
  const valid = ends ? until(ends) : ''
  if (ticket) claims()
  const nodes = draw(mine)
  const act = nodes.pop()
  const close = make('button', { type: 'button', class: 'no x', 'aria-label': decline }, '×')
  const words = make(
    'div',
    { class: 'b' },
    make('h2', { id: 't', tabindex: '-1' }, title),
    ...nodes,
    valid && make('p', { class: 'small' }, valid),
  )
  const section = make(
    isModal ? 'dialog' : 'section',
    // A section with a name is a region.
    { class: 'o', 'aria-labelledby': 't' },
    words,
    act,
    close,
  )
  const box = make('div', {}, status, section)
  for (const button of section.querySelectorAll<HTMLElement>('.no')) button.onclick = dismiss
  section.onkeydown = (event) => {
    if (event.key === 'Escape') dismiss()
  }
  section.addEventListener('focusin', (event) => {
    cameFrom ||= (event as FocusEvent).relatedTarget as Element
  })
  if (at !== 'inline') {
    section.onpointerdown = ({ pointerType, clientX }) => {
      section.onpointerup = (up) => pointerType === 'touch' && Math.abs(up.clientX - clientX) > SWIPE_PX && dismiss()
    }
  }
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(STYLE)
  root.adoptedStyleSheets = [sheet]
  root.append(box)
  shell.dataset.fcLayer = ''
  // Beside <body>: there it is fixed to the window even where the shop moves its body about.
  const page = document.documentElement
  const stand = () => {
    const corner = at === 'bar' ? 'top' : `${look.corner ?? ''}`
    // Looked up before it is part of the page: whoever asks what is at a point makes the browser note where things are.
    const edge = inset(/^top/.test(corner), !/start$/.test(corner))
    box.className = `box ${at} ${corner.replace('-', ' ')}`
    page.append(shell)
    dress(host, box, look, edge)
  }
  stand()
  if (at === 'inline' && !enter(shell, slot)) {
    ignored(host, 'slot')
    at = 'card'
    stand()
  }
  if (isModal) dialogs?.open(section as HTMLDialogElement, root, dismiss)
  // What does not fit is scrolled to, by keyboard too.
  if (words.scrollHeight > words.clientHeight) words.tabIndex = 0
  lookAgain = whenSeen(section, seen)
}

/** Not any more: drop it from the queue, or take it down. What nobody has seen yet is reported, with the reason. */
export function withdraw(decisionId: string, reason: string): void {
  for (const one of [...waiting, open] as { offer: Offer; isShown?: boolean }[])
    if (one?.offer.decision_id === decisionId && !one.isShown) report(one.offer, Tag.ActionWithheld, reason)
  waiting = waiting.filter(({ offer }) => offer.decision_id !== decisionId)
  if (open?.offer.decision_id === decisionId) open.close()
}

/** The page goes: nothing stays. */
export function takeDown(): void {
  waiting = []
  open?.close()
}
