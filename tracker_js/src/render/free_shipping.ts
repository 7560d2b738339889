/** Free shipping, and where there is a threshold how far the cart is from it. */

import { make, type Parts } from './dom'
import { choices } from './parts'
import type { Draw } from './shell'
import { money } from './words'

export const draw: Draw = (layer) => {
  const { text = '', threshold_minor = 0, to_go_minor = 0, currency } = layer.offer.params
  const nodes: Parts = [text && make('p', {}, text)]
  if (threshold_minor && currency) {
    const inCart = threshold_minor - to_go_minor
    const words = `${money(inCart, currency)} / ${money(threshold_minor, currency)}`
    const meter = make('progress', { max: `${threshold_minor}`, value: `${inCart}` })
    nodes.push(make('label', { class: 'row small' }, meter, words))
  }
  return [...nodes, choices(layer)]
}
