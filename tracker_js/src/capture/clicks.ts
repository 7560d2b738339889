/** Clicks by kind and by the merchant's own name for them; never a label, an address or a place on the screen. */

import { slug } from '../clean'
import { emit } from '../link'
import { Tag } from '../schema'
import { listen, type Stop } from '../util'

const RAGE_COUNT = 3
const RAGE_MS = 1000
const RAGE_PX = 30

const KINDS = [
  ['link', 'a[href],area'],
  ['button', 'button,summary,[role=button],[type=submit],[type=button]'],
  ['field', 'input,select,textarea,label'],
  ['image', 'img,picture,svg,video'],
] as const

/** The element of an event, or null where it is ours, or where the shop asks us to look away. */
export function elementOf(event: Event): Element | null {
  const element = event.target instanceof Element ? event.target : null
  return element?.closest('[data-fc-ignore],[data-fc-layer]') ? null : element
}

/** Report clicks, and three quick ones on one spot as a rage click. */
export function start(): Stop {
  let recent: [at: number, x: number, y: number][] = []
  const clicked = (event: MouseEvent) => {
    const element = elementOf(event)
    if (!element || (event.type === 'auxclick' && event.button !== 1)) return
    const kind = KINDS.find(([, selector]) => element.closest(selector))?.[0] ?? 'other'
    emit(Tag.Click, kind, slug(element.closest('[data-fc-event]')?.getAttribute('data-fc-event')))
    const { timeStamp, clientX, clientY } = event
    recent = recent.filter(
      ([at, x, y]) => timeStamp - at < RAGE_MS && Math.hypot(clientX - x, clientY - y) < RAGE_PX,
    )
    recent.push([timeStamp, clientX, clientY])
    if (recent.length >= RAGE_COUNT) {
      emit(Tag.RageClick, recent.length)
      recent = []
    }
  }
  const stops = [listen(document, 'click', clicked), listen(document, 'auxclick', clicked)]
  return () => {
    for (const stop of stops) stop()
  }
}
