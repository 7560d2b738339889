/** One product beside the cart, the merchant's or one that was picked: picture, price, and the way to it. */

import { choices, product } from './parts'
import type { Draw } from './shell'

export const draw: Draw = (layer) => {
  const { params } = layer.offer
  const shown = params.product ?? { ...params, title: '' }
  return [product(shown, params.text), choices(layer, shown.url)]
}
