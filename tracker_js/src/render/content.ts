/** A link to something worth reading. */

import { make } from './dom'
import { choices } from './parts'
import type { Layer, Look } from './shell'

export function draw(layer: Layer): Look {
  const { text } = layer.offer.params
  return { at: 'card', nodes: [!!text && make('p', {}, text), choices(layer)] }
}
