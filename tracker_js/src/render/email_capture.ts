/** A form that goes from the browser to the merchant's own address. What is typed never reaches us: we report that it went. */

import { Tag } from '../schema'
import { httpUrl, make } from './dom'
import type { Draw } from './shell'

export const draw: Draw = (layer) => {
  const { params } = layer.offer
  const name = params.field_name ?? 'email'
  const text = params.text && make('p', {}, params.text)
  const why = make('p', { id: 'why', class: 'small' }, params.consent)
  const form = make(
    'form',
    { action: httpUrl(params.form_url) ?? '', method: 'post' },
    make(
      'label',
      {},
      params.label,
      make('input', { type: 'email', name, required: '', autocomplete: 'email', 'aria-describedby': 'why' }),
    ),
    make(
      'div',
      { class: 'row' },
      make('button', { class: 'go' }, params.button),
      make('button', { type: 'button', class: 'no' }, params.decline),
    ),
  )
  form.onsubmit = (event) => {
    event.preventDefault()
    layer.taken(Tag.ActionSubmitted)
    // Without leaving the page; where that cannot be, as any form does.
    import('./rare').then(({ send }) => send(layer, form, text, why)).catch(() => form.submit())
  }
  return [text, why, form]
}
