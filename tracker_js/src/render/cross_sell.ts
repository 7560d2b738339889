/** A few products that go with the visit, each a link of its own. */

import { Tag } from '../schema'
import { httpUrl, make } from './dom'
import { choices, product } from './parts'
import type { Draw } from './shell'

export const draw: Draw = (layer) => {
  const { text, products = [], honour } = layer.offer.params
  const list = products.map((one) => {
    const link = make('a', { href: httpUrl(one.url) ?? '' }, product(one))
    link.onclick = () => layer.taken(Tag.ActionClicked)
    return make('li', {}, link)
  })
  return [text && make('p', {}, text), make('ul', { class: 'list' }, ...list), honour && choices(layer)]
}
