/** About to leave: the pointer goes out through the top, fast, and stays out; on touch, a fast scroll far up. Once per view. */

import type { Host } from '../host'
import { Tag } from '../schema'
import { later, now, on, type Stop, undo } from '../util'

/**
 * `data-exit`: the higher, the sooner somebody counts as leaving. `settledMs`: nobody leaves on arrival, and a pointer that
 * comes from the address bar crosses the top as well. `outsideMs`: out for this long, so that a slip over the edge is none.
 */
const LEVELS = {
  low: { settledMs: 8000, outsideMs: 400, speedPxMs: 0.5, flickPx: 1000 },
  medium: { settledMs: 2000, outsideMs: 150, speedPxMs: 0.2, flickPx: 500 },
  high: { settledMs: 1000, outsideMs: 50, speedPxMs: 0.05, flickPx: 250 },
}
const TOP_PX = 20
const FLICK_MS = 600
/** A scroll so soon after a click was the page's: back to the top, for example. */
const PAGES_OWN_MS = 1500

export function start({ emit, onView, setting }: Host): void {
  const { settledMs, outsideMs, speedPxMs, flickPx } = LEVELS[setting('exit') as 'medium'] ?? LEVELS.medium
  let isTold = false
  let viewedAt = 0
  let clickedAt = Number.NEGATIVE_INFINITY
  let y = 0
  let at = 0
  let speed = 0
  let top = 0
  let topAt = 0
  let stopWait: Stop = () => {}

  const tell = (trigger: 'pointer' | 'scroll_up') => {
    if (isTold || now() - viewedAt < settledMs) return
    isTold = true
    emit(Tag.ExitIntent, trigger)
  }

  on(document, 'pointermove pointerout', ({ type, clientY, timeStamp, relatedTarget, pointerType }: PointerEvent) => {
    if (timeStamp > at) speed = (y - clientY) / (timeStamp - at)
    y = clientY
    at = timeStamp
    stopWait()
    if (type === 'pointerout' && !relatedTarget && pointerType === 'mouse' && y < TOP_PX && speed > speedPxMs)
      stopWait = later(() => tell('pointer'), outsideMs)
  })
  on(document, 'click', () => {
    clickedAt = now()
  })
  on(window, 'scroll', ({ timeStamp }: Event) => {
    if (!matchMedia('(pointer:coarse)').matches) return
    if (scrollY > top || timeStamp - topAt > FLICK_MS) {
      top = scrollY
      topAt = timeStamp
    } else if (top - scrollY > flickPx && now() - clickedAt > PAGES_OWN_MS) tell('scroll_up')
  })
  undo(
    onView(() => {
      isTold = false
      viewedAt = now()
    }),
  )
}
