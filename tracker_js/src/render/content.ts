/** A link to something worth reading. */

import { make } from './dom'
import { choices } from './parts'
import type { Draw } from './shell'

export const draw: Draw = (layer) => {
  const { text } = layer.offer.params
  return [text && make('p', {}, text), choices(layer)]
}
