/** The way to the merchant's shops in town, with up to three of them. */

import { httpUrl, make } from './dom'
import { choices } from './parts'
import type { Draw } from './shell'

export const draw: Draw = (layer) => {
  const { text, stores = [] } = layer.offer.params
  const list = stores.map(({ name, address, hours, url }) => {
    const link = httpUrl(url)
    return make(
      'li',
      {},
      link ? make('a', { class: 'name', href: link }, name) : make('p', { class: 'name' }, name),
      make('p', {}, make('bdi', {}, address)),
      hours && make('p', { class: 'small' }, make('bdi', {}, hours)),
    )
  })
  return [text && make('p', {}, text), list[0] && make('ul', { class: 'list' }, ...list), choices(layer)]
}
