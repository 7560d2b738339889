/**
 * Dead clicks: on something that looks as if it could be clicked, after which nothing changes within a second. One count,
 * which a dwell carries.
 *
 * Where in doubt it is none: a page that moves by itself hides them, and what we cannot look into is left out.
 */

import type { Host } from '../host'
import { elementOf, later, on, type Stop, undo } from '../util'

const WITHIN_MS = 1000
const ACTS = 'button,summary,[role=button],[onclick],[type=submit],a:not([href]),a[href="#"]'
/** Answers in its own way, or with another page, however long that takes. */
const ANSWERS = 'a,input,select,textarea,label,canvas,video,audio,[contenteditable]'
const SIGNS = 'scroll input change submit invalid toggle focusin blur pagehide play'

let count = 0
export const deadClicks = () => count

const looksAlive = (element: Element) => {
  const found = element.closest(`${ACTS},${ANSWERS}`)
  return found ? found.matches(ACTS) : getComputedStyle(element).cursor === 'pointer'
}

export function start({ onView }: Host): void {
  let forget: Stop = () => {}
  const alive = () => forget()

  on(document, 'click', (event: MouseEvent) => {
    forget()
    const element = elementOf(event)
    // What happens inside a component of the shop's own cannot be seen from here.
    if (!element || element.localName.includes('-') || !looksAlive(element)) return
    const address = location.href
    const observer = new MutationObserver(alive)
    const stopWait = later(() => {
      forget()
      if (location.href === address) count++
    }, WITHIN_MS)
    forget = () => {
      observer.disconnect()
      stopWait()
    }
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true })
  })
  on(window, SIGNS, alive)
  undo(alive)
  undo(
    onView(() => {
      forget()
      count = 0
    }),
  )
}
