/** One question, answered with one tap. The number from 1 to 5 is all that leaves the page. */

import { Tag } from '../schema'
import { make } from './dom'
import { thank } from './parts'
import type { Draw } from './shell'
import { number } from './words'

export const draw: Draw = (layer) => {
  const { text, low = '', high = '' } = layer.offer.params
  const ends = make(
    'div',
    { class: 'ends small', 'aria-hidden': 'true' },
    make('span', {}, low),
    make('span', {}, high),
  )
  const scale = [1, 2, 3, 4, 5].map((n) => {
    const said = [number(n), n === 1 && low, n === 5 && high].filter(Boolean).join(', ')
    const button = make('button', { type: 'button', 'aria-label': said }, number(n))
    button.onclick = () => {
      layer.taken(Tag.ActionSubmitted, n)
      thank(layer, box)
    }
    return button
  })
  const box = make('div', { class: 'rate' }, make('div', { role: 'group', 'aria-labelledby': 't' }, ...scale), ends)
  return [text && make('p', {}, text), box]
}
