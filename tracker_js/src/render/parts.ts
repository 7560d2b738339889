/** What several actions share: the row of buttons, and how an offer that changes a price is honoured. */

import { Tag } from '../schema'
import { httpUrl, make } from './dom'
import { prefill } from './kept'
import { type Layer, tell } from './shell'

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
    if (honour?.by === 'code' || honour?.by === 'pool') {
      // A code of the visit's own is there to be seen before the next click leads on.
      const leads = honour.code && target
      grant(layer, row).then(() => leads && location.assign(leads))
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

/** Give what was promised, where that is a code. */
export const grant = async (layer: Layer, row: HTMLElement) => (await claims()).grant?.(layer, row, prefill)
