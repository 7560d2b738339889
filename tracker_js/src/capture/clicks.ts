/** Clicks by kind and by the merchant's own name for them; never a label, an address or a place on the screen. */

import { slug } from '../clean'
import { isOff } from '../config'
import { emit } from '../link'
import { Tag } from '../schema'
import { elementOf, on } from '../util'

const KINDS = [
  ['link', 'a[href]'],
  ['button', 'button,summary,[role=button],[type=submit]'],
  ['field', 'input,select,textarea,label'],
  ['image', 'img,svg,video'],
] as const

/** Report clicks, middle ones too: shoppers open products in new tabs. */
export function start(): void {
  on(document, 'click auxclick', (event: MouseEvent) => {
    const element = elementOf(event)
    if (!element || event.button > 1 || isOff('clicks')) return
    const kind = KINDS.find(([, selector]) => element.closest(selector))?.[0] ?? 'other'
    emit(
      Tag.Click,
      kind,
      slug(element.closest('[data-fc-event]:not([data-fc-mask],[data-fc-mask] *)')?.getAttribute('data-fc-event')),
    )
  })
}
