/** What several actions share: the row of buttons, and how an offer that changes a price is honoured. */

import { Tag } from '../schema'
import { safe } from '../util'
import { httpUrl, make } from './dom'
import { type Layer, tell } from './shell'
import type { Coded, Honour } from './types'

const KEPT = '_fc.code'

const isCoded = (honour?: Honour): honour is Coded => honour?.by === 'code' || honour?.by === 'pool'

/** The button that takes the offer, and the one that declines it. */
export function choices(layer: Layer, url = layer.offer.params.url): HTMLElement {
  const { params } = layer.offer
  const { honour } = params
  const target = httpUrl(honour?.by === 'url' ? honour.url : url)
  const isLink = target && (!honour || honour.by === 'url')
  const go = isLink
    ? make('a', { class: 'go', href: target }, params.button)
    : make('button', { type: 'button', class: 'go' }, params.button)
  const row = make('div', { class: 'row' })
  row.append(go, make('button', { type: 'button', class: 'no' }, params.decline))
  if (honour?.by === 'code') row.prepend(make('code', {}, honour.code))
  go.onclick = () => {
    layer.taken(Tag.ActionClicked)
    if (isCoded(honour)) {
      // A code of the visit's own is there to be seen before the next click leads on.
      const leads = honour.code && target
      grant(layer, row)
      if (leads) location.assign(target)
    } else {
      if (!isLink) {
        const { host, decision_id, action_id } = layer.offer
        tell(host, 'action', params, { decision_id, action_id })
        if (target) location.assign(target)
      }
      layer.close()
    }
  }
  return row
}

/** What claims an offer: a bundle of its own, here already when the offer is drawn, or empty where it cannot be loaded. */
export const claims = (): Promise<Partial<typeof import('./claim')>> => import('./claim').catch(() => ({}))

/** Where a code honours the offer: show it, copy it, and keep it for the page that has a field for it. */
export async function grant(layer: Layer, row: HTMLElement): Promise<void> {
  const { honour } = layer.offer.params
  if (!isCoded(honour)) return
  honour.code ||= await (await claims()).ask?.(layer, row)
  const { code, field } = honour
  if (!code) return
  if (!row.querySelector('code')) row.prepend(make('code', {}, code))
  if (field) keep(JSON.stringify([code, field]))
  prefill()
  // The code stays on the screen, for a page that may not write to the clipboard.
  navigator.clipboard?.writeText(code).catch(() => {})
  layer.say(code)
}

/** Remember a code that was taken. Without storage it is still on the screen. */
const keep = safe((text: string) => sessionStorage.setItem(KEPT, text))

/** Write a code that was taken into the shop's own field, where that is on this page and empty. */
export const prefill = safe(() => {
  const [code, field] = JSON.parse(sessionStorage.getItem(KEPT) ?? '[]')
  // A selector that the browser cannot read throws: the code was shown.
  const input = field && document.querySelector(field)
  if (!(input instanceof HTMLInputElement) || input.value) return
  input.value = code
  for (const type of ['input', 'change']) input.dispatchEvent(new Event(type, { bubbles: true }))
})
