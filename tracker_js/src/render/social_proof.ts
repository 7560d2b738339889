/** How many bought this, and in which time: a note that asks for nothing, unless a code or an address comes with it. */

import { make } from './dom'
import { choices } from './parts'
import type { Draw } from './shell'
import { during } from './words'

export const draw: Draw = (layer) => {
  const { text, honour, hours, window_hours = 24 } = layer.offer.params
  return [
    make('p', { class: 'small' }, during(hours ?? window_hours)),
    text && make('p', {}, text),
    honour && choices(layer),
  ]
}
