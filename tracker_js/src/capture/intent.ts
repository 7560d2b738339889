/** About to leave: the pointer goes out through the top, fast, and stays out; on touch, a fast scroll far up. Once per view. */

import { emit } from '../link'
import { Tag } from '../schema'
import { later, listen, type Stop } from '../util'
import { onView } from './pages'

/** Nobody leaves on arrival: a pointer that comes from the address bar crosses the top as well. */
const SETTLED_MS = 2000
/** Out for this long, so that a slip over the edge is none. */
const OUTSIDE_MS = 150
const TOP_PX = 20
const SPEED_PX_MS = 0.2
const FLICK_PX = 500
const FLICK_MS = 600

export function start(): Stop {
  let isTold = false
  let viewedAt = performance.now()
  let move = { y: 0, at: 0 }
  let top = { y: 0, at: 0 }
  let speed = 0
  let stopWait: Stop | undefined

  const tell = (trigger: 'pointer' | 'scroll_up') => {
    if (isTold || performance.now() - viewedAt < SETTLED_MS) return
    isTold = true
    emit(Tag.ExitIntent, trigger)
  }

  const stops = [
    listen<PointerEvent>(document, 'pointermove', ({ clientY, timeStamp }) => {
      stopWait?.()
      speed = (move.y - clientY) / Math.max(1, timeStamp - move.at)
      move = { y: clientY, at: timeStamp }
    }),
    listen<MouseEvent>(document, 'mouseout', ({ relatedTarget, clientY, timeStamp }) => {
      if (relatedTarget || clientY > TOP_PX) return
      const last = (move.y - clientY) / Math.max(1, timeStamp - move.at)
      if (Math.max(speed, last) < SPEED_PX_MS) return
      stopWait?.()
      stopWait = later(() => tell('pointer'), OUTSIDE_MS)
    }),
    listen<Event>(window, 'scroll', ({ timeStamp }) => {
      if (isTold || !matchMedia('(pointer:coarse)').matches) return
      const y = scrollY
      if (y > top.y || timeStamp - top.at > FLICK_MS) top = { y, at: timeStamp }
      else if (top.y - y > FLICK_PX) tell('scroll_up')
    }),
    onView(() => {
      isTold = false
      viewedAt = performance.now()
    }),
    () => stopWait?.(),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}
