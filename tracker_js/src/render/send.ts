/** A form goes to the merchant without the page being left, and thanks stand where it stood. */

import { make, type Parts } from './dom'
import { grant, thank } from './parts'
import type { Layer } from './shell'

/** Send it, and put thanks in its place and in that of what led to it. Rejected where it did not go. */
export async function send(layer: Layer, form: HTMLFormElement, ...spent: Parts): Promise<void> {
  const { name, value } = form.querySelector('input')!
  // The form's own encoding, so the merchant's handler sees what it sees from any form of theirs.
  const body = new URLSearchParams([[name, value]])
  // By its attribute: a field may be called `action`.
  const target = form.getAttribute('action')!
  const answer = await fetch(target, { method: 'POST', body, mode: 'no-cors', credentials: 'include' })
  // Another origin's answer is opaque; one of the shop's own can say no.
  if (answer.type === 'basic' && !answer.ok) throw answer
  for (const node of spent) if (node instanceof Element) node.remove()
  thank(layer, form)
  const gift = make('div', { class: 'row' })
  form.append(gift)
  grant(layer, gift)
}
