/** About to leave: the pointer goes out through the top, fast, and stays out; on touch, a fast scroll far up. Once per view. */

import type { Host } from '../host'
import { Tag } from '../schema'
import { later, now, on, type Stop, undo } from '../util'

/** Nobody leaves on arrival: a pointer that comes from the address bar crosses the top as well. */
const SETTLED_MS = 2000
/** Out for this long, so that a slip over the edge is none. */
const OUTSIDE_MS = 150
const TOP_PX = 20
const SPEED_PX_MS = 0.2
const FLICK_PX = 500
const FLICK_MS = 600

export function start({ emit, onView }: Host): void {
  let isTold = false
  let viewedAt = 0
  let y = 0
  let at = 0
  let speed = 0
  let top = 0
  let topAt = 0
  let stopWait: Stop = () => {}

  const tell = (trigger: 'pointer' | 'scroll_up') => {
    if (isTold || now() - viewedAt < SETTLED_MS) return
    isTold = true
    emit(Tag.ExitIntent, trigger)
  }

  on(document, 'pointermove pointerout', ({ type, clientY, timeStamp, relatedTarget, pointerType }: PointerEvent) => {
    if (timeStamp > at) speed = (y - clientY) / (timeStamp - at)
    y = clientY
    at = timeStamp
    stopWait()
    if (type === 'pointerout' && !relatedTarget && pointerType === 'mouse' && y < TOP_PX && speed > SPEED_PX_MS)
      stopWait = later(() => tell('pointer'), OUTSIDE_MS)
  })
  on(window, 'scroll', ({ timeStamp }: Event) => {
    if (!matchMedia('(pointer:coarse)').matches) return
    if (scrollY > top || timeStamp - topAt > FLICK_MS) {
      top = scrollY
      topAt = timeStamp
    } else if (top - scrollY > FLICK_PX) tell('scroll_up')
  })
  undo(
    onView(() => {
      isTold = false
      viewedAt = now()
    }),
  )
}
