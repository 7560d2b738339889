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
import { cycle, isLanding } from './modal'
import { claims } from './parts'
import { enter, inset } from './place'
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
/** In the order of their tags. */
const NAMES = 'shown clicked dismissed submitted withheld'.split(' ')

let open: (Layer & { isTaken?: boolean; isShown?: boolean }) | undefined
let waiting: { offer: Offer; draw: Draw; obstacle?: string }[] = []
let timer: ReturnType<typeof setTimeout> | undefined

/** Report to the server, and to the shop's own dataLayer. */
export function report({ host, decision_id, action_id }: Offer, tag: Tag, ...rest: (string | number)[]): void {
  host.emit(tag as Tag.ActionShown, decision_id, action_id, ...(rest as [number, string]))
  const w = window as unknown as { dataLayer?: unknown[] }
  // A page may have made anything of it.
  safe(() =>
    w.dataLayer?.push({
      event: 'fifthclick_action',
      action_event: NAMES[tag - Tag.ActionShown],
      decision_id,
      action_id,
    }),
  )()
}

/** Draw this as soon as the page is calm; after its time it is reported as withheld, with the reason. */
export function enqueue(offer: Offer, draw: Draw): void {
  waiting.push({ offer, draw })
  pump()
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
    : obstacle(host, params.shape === 'modal') || (open && !open.isTaken ? 'layer_open' : '')
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
    show(next.offer, next.draw)
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
  if (at === 'modal' && isLanding()) at = 'card'
  const isModal = at === 'modal'
  // Its box is inside the shadow root, where no rule of the shop's reaches.
  const shell = document.createElement('fifthclick-layer')
  const root = shell.attachShadow({ mode: 'open' })
  const status = make('div', { role: 'status' })
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
    if (!mine.isTaken) report(offer, Tag.ActionDismissed)
    remove()
  }

  // What was taken in time stays: the code may still be read.
  const ending = ends && setTimeout(() => mine.isTaken || remove(), ends - Date.now())
  // A slot that the shop took away took its offer along. What the shop opens now lies under ours: step back until it is gone.
  const guard = setInterval(
    safe(() => {
      if (!shell.isConnected) remove()
      else if (!isModal && at !== 'inline') box.hidden = isCovered()
    }),
    RETRY_MS * 2,
  )
  speak(look.locale)
  const valid = ends ? until(ends) : ''
  if (ticket) claims()
  const nodes = draw(mine)
  const act = nodes.pop()
  const close = make('button', { type: 'button', class: 'no x', 'aria-label': decline }, '×')
  const section = make(
    isModal ? 'dialog' : 'section',
    // A section with a name is a region.
    { class: 'o', 'aria-labelledby': 't' },
    make(
      'div',
      { class: 'b' },
      make('h2', { id: 't', tabindex: '-1' }, title),
      ...nodes,
      !!valid && make('p', { class: 'small' }, valid),
    ),
    act,
    close,
  )
  const box = make('div', {}, status, section)
  for (const button of section.querySelectorAll<HTMLElement>('.no')) button.onclick = dismiss
  section.onkeydown = (event) => {
    if (event.key === 'Escape') dismiss()
    if (isModal && event.key === 'Tab') cycle(event, root)
  }
  section.oncancel = dismiss
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
  if (isModal) {
    ;(section as HTMLDialogElement).showModal()
    section.querySelector('h2')!.focus()
  }
  // After the frame that holds it.
  requestAnimationFrame(() =>
    setTimeout(() => {
      // Withdrawn, or the page was left, before anybody could see it.
      if (open !== mine) return
      mine.isShown = true
      report(
        offer,
        Tag.ActionShown,
        Math.max(0, Math.round(performance.now() - offer.since)),
        at === 'inline' ? `${at}:${slot}` : at,
      )
      // The status was there before its text, so that it is read out. A modal is read as the focus comes to it.
      if (!isModal) mine.say([title, text, valid].filter(Boolean).join('. '))
    }),
  )
}

/** Not any more: drop it from the queue, or take it down. What nobody has seen yet is reported, with the reason. */
export function withdraw(decisionId: string, reason: string): void {
  const isIt = (one?: { offer: Offer }) => one?.offer.decision_id === decisionId
  const unseen = [...waiting, !open?.isShown && open].find((one) => one && isIt(one))
  waiting = waiting.filter((one) => !isIt(one))
  if (unseen) report(unseen.offer, Tag.ActionWithheld, reason)
  if (isIt(open)) open!.close()
}

/** The page goes: nothing stays. */
export function takeDown(): void {
  waiting = []
  open?.close()
}
