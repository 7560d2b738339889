/** Three quick clicks on one spot: something does not work as it looks. */

import type { Host } from '../host'
import { Tag } from '../schema'
import { elementOf, on } from '../util'

const COUNT = 3
const WITHIN_MS = 1000
const WITHIN_PX = 30

export function start({ emit }: Host): void {
  /** Where and when, and nothing of the page. */
  let recent: Pick<MouseEvent, 'timeStamp' | 'x' | 'y'>[] = []
  on(document, 'click', (event: MouseEvent) => {
    if (!elementOf(event)) return
    const isNear = ({ timeStamp, x, y }: (typeof recent)[0]) =>
      event.timeStamp - timeStamp < WITHIN_MS && Math.hypot(event.x - x, event.y - y) < WITHIN_PX
    recent = [...recent.filter(isNear), { timeStamp: event.timeStamp, x: event.x, y: event.y }]
    if (recent.length < COUNT) return
    emit(Tag.RageClick)
    recent = []
  })
}
