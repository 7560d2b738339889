/** A form field was left: whether it holds something, and how long it took. Never what. */

import { emit } from '../link'
import { Tag } from '../schema'
import { listen, type Stop } from '../util'
import { elementOf } from './clicks'

const FIELDS = 'input:not([type=checkbox],[type=radio],[type=button],[type=submit],[type=hidden]),textarea,select'

export function start(): Stop {
  let enteredAt = 0
  const stops = [
    listen(document, 'focusin', () => {
      enteredAt = performance.now()
    }),
    listen(document, 'focusout', (event) => {
      const field = elementOf(event)
      if (enteredAt && field?.matches(FIELDS))
        emit(Tag.FieldLeft, !!(field as HTMLInputElement).value, Math.round(performance.now() - enteredAt))
      enteredAt = 0
    }),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}
