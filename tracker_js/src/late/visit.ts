/**
 * `fifthclick('on', 'session', fn)`: the visit's id, for a shop that keeps it beside the cart or the order, so that its own server can say
 * which visit an order is of. Not here: where nothing is tracked, nobody is told anything.
 */

import type { Handler, Host } from '../host'
import { on, undo } from '../util'

/** Tell those who listen, and whoever begins to, and again when the visit is another one. */
export function start({ handlers, onView, visit }: Host): void {
  const told = new Map<Handler, string>()
  const tell = () => {
    const id = Array.from(visit()[2], (byte) => byte.toString(16).padStart(2, '0')).join('')
    for (const [name, handler] of handlers)
      if (name === 'session' && told.get(handler) !== id) {
        told.set(handler, id)
        handler(id)
      }
  }
  const push = handlers.push
  handlers.push = (...added) => {
    const length = push.apply(handlers, added)
    tell()
    return length
  }
  undo(() => {
    handlers.push = push
  })
  undo(onView(tell))
  // Half an hour of silence, or another tab that was there first, makes this another visit: what is pressed next belongs to it.
  on(window, 'pointerdown keydown', tell)
  tell()
}
