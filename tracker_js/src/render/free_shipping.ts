/** Free shipping, and where there is a threshold how far the cart is from it. */

import { httpUrl, make, type Parts } from './dom'
import { choices } from './parts'
import type { Layer, Look } from './shell'
import { money } from './words'

export function draw(layer: Layer): Look {
  const { params } = layer.offer
  const { text = '', threshold_minor = 0, to_go_minor = 0, currency, terms_url } = params
  const nodes: Parts = [!!text && make('p', {}, text)]
  if (threshold_minor && currency) {
    const inCart = Math.max(0, threshold_minor - to_go_minor)
    const words = `${money(inCart, currency)} / ${money(threshold_minor, currency)}`
    const meter = make('progress', { max: `${threshold_minor}`, value: `${inCart}`, 'aria-label': words })
    nodes.push(make('div', { class: 'row' }, meter, make('span', { class: 'small', 'aria-hidden': 'true' }, words)))
  }
  const row = choices(layer)
  const terms = httpUrl(terms_url)
  if (terms)
    row.append(
      make('a', { class: 'small', href: terms, target: '_blank', rel: 'noopener' }, 'ⓘ', new URL(terms).hostname),
    )
  nodes.push(row)
  return { at: 'bar', nodes }
}
