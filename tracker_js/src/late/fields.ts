/** A form field was left: whether it holds something, and how long it took. Never what. */

import type { Host } from '../host'
import { Tag } from '../schema'
import { elementOf, now, on } from '../util'

const FIELDS = 'input:not([type=checkbox],[type=radio],[type=button],[type=submit]),textarea,select'
/** The shop's word for what is nobody's business, not even how long it took. */
const MASKED = '[data-fc-mask]'

export function start({ emit }: Host): void {
  let enteredAt = 0
  on(document, 'focusin focusout', (event: FocusEvent) => {
    const field = elementOf(event)
    if (event.type === 'focusin') enteredAt = now()
    else if (field?.matches(FIELDS) && !field.closest(MASKED))
      emit(Tag.FieldLeft, !!(field as HTMLInputElement).value, now() - enteredAt)
  })
}
