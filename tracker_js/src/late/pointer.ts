/** How far the mouse has travelled on this view: one sum, which a dwell carries. Never where it was. */

import type { Host } from '../host'
import { on, undo } from '../util'

const ROUGHLY_PX = 100

let px = 0

/** In hundreds of CSS pixels, so that no path can be read from it. */
export const travelled = () => Math.min(1e6, Math.round(px / ROUGHLY_PX) * ROUGHLY_PX)

export function start({ onView }: Host): void {
  let x: number | undefined
  let y = 0
  on(document, 'pointermove', ({ clientX, clientY, pointerType }: PointerEvent) => {
    if (pointerType !== 'mouse') return
    px += x == null ? 0 : Math.hypot(clientX - x, clientY - y)
    x = clientX
    y = clientY
  })
  undo(
    onView(() => {
      px = 0
    }),
  )
}
