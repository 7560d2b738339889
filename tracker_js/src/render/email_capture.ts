/** A form that goes from the browser to the merchant's own address. What is typed never reaches us: we report that it went. */

import { Tag } from '../schema'
import { httpUrl, make } from './dom'
import { grant, thank } from './parts'
import type { Draw } from './shell'

export const draw: Draw = (layer) => {
  const { params } = layer.offer
  const url = httpUrl(params.form_url) ?? ''
  const name = params.field_name ?? 'email'
  const input = make('input', { type: 'email', name, required: '', autocomplete: 'email', 'aria-describedby': 'why' })
  const form = make(
    'form',
    { action: url, method: 'post' },
    make('label', {}, params.label ?? '', input),
    make('p', { id: 'why', class: 'small' }, params.consent ?? ''),
    make(
      'div',
      { class: 'row' },
      make('button', { class: 'go' }, params.button),
      make('button', { type: 'button', class: 'no' }, params.decline),
    ),
  )
  const text = params.text && make('p', {}, params.text)
  form.onsubmit = (event) => {
    event.preventDefault()
    send(form, url).then(() => {
      layer.taken(Tag.ActionSubmitted)
      if (text) text.remove()
      thank(layer, form)
      const gift = make('div', { class: 'row' })
      form.append(gift)
      grant(layer, gift)
    })
  }
  return [text, form]

  /** Without leaving the page; where a policy of the shop forbids that, as any form does. */
  async function send(target: HTMLFormElement, address: string): Promise<void> {
    // The form's own encoding, so the merchant's handler sees what it sees from any form of theirs.
    const body = new URLSearchParams([[name, input.value]])
    try {
      const answer = await fetch(address, { method: 'POST', body, mode: 'no-cors', credentials: 'include' })
      // Another origin's answer is opaque; one of the shop's own can say no.
      if (answer.type === 'basic' && !answer.ok) throw answer
    } catch {
      layer.taken(Tag.ActionSubmitted)
      target.submit()
    }
  }
}
