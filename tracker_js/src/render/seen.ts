/** Whether an offer can be seen: in the window, and neither it nor what it stands in is faded out. */

import { safe } from '../util'

/** An element and all around it as it is drawn: out of slots and shadows too. */
export const line = (at?: Element | null): Element[] =>
  at ? [at, ...line(at.assignedSlot ?? at.parentElement ?? (at.getRootNode() as ShadowRoot).host)] : []

/** Less opacity than this is nothing that anybody sees. */
const FAINT = 0.1

/** Snippets against flicker, and shops between two pages, make the page or a part of it fade, or hide it. */
export const isFaded = (element: Element): boolean =>
  getComputedStyle(element).visibility === 'hidden' ||
  line(element).some((one) => +getComputedStyle(one).opacity < FAINT)

/**
 * Tell when it can be seen: after the frame that holds it, or as somebody scrolls to it. No browser tells that something fades in:
 * call what this returns now and then. A node that is taken away takes its watch along.
 */
export function whenSeen(element: Element, tell: () => void): () => void {
  let isInView: boolean | undefined
  const look = () => isInView && !isFaded(element) && tell()
  new IntersectionObserver(
    safe((entries: IntersectionObserverEntry[]) => {
      isInView = entries.at(-1)!.isIntersecting
      look()
    }),
    // Half of it is enough.
    { threshold: 0.5 },
  ).observe(element)
  return look
}
