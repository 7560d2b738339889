/** One product beside the cart, the merchant's or one that was picked: picture, price, and the way to it. */

import { httpUrl, make } from './dom'
import { choices } from './parts'
import type { Layer, Look } from './shell'
import { money } from './words'

export function draw(layer: Layer): Look {
  const { params } = layer.offer
  const { text, product } = params
  const { image_url, price_minor, currency, url } = product ?? params
  const image = httpUrl(image_url)
  const words = make(
    'div',
    {},
    !!product?.title && make('p', { class: 'price' }, product.title),
    !!text && make('p', {}, text),
    price_minor != null && !!currency && make('p', { class: 'price' }, money(price_minor, currency)),
  )
  const box = make('div', image ? { class: 'with' } : {})
  if (image) {
    const picture = make('img', { src: image, alt: '', width: '84', height: '84' })
    picture.onerror = () => {
      picture.remove()
      box.className = ''
    }
    box.append(picture)
  }
  box.append(words)
  return { at: 'card', nodes: [box, choices(layer, url)] }
}
