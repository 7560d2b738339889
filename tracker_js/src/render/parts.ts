/** What several actions share: the row of buttons, and how an offer that changes a price is honoured. */

import { exponent } from '../money'
import { Tag } from '../schema'
import { httpUrl, make } from './dom'
import { type Layer, tell } from './shell'

const KEPT = '_fc.code'

/** An amount in minor units, as people write it where the page is read. */
export function money(amountMinor: number, currency: string): string {
  const digits = exponent(currency)
  const format = (lang?: string) =>
    new Intl.NumberFormat(lang, {
      style: 'currency',
      currency,
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    }).format(amountMinor / 10 ** digits)
  try {
    return format(document.documentElement.lang || undefined)
  } catch {
    // Shops also say `en_US`, which is no language to a browser.
    return format()
  }
}

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
  if (honour?.by === 'code') row.append(make('code', {}, honour.code))
  row.append(go, make('button', { type: 'button', class: 'no' }, params.decline))
  go.onclick = () => {
    layer.taken(Tag.ActionClicked)
    if (honour?.by === 'code') {
      keep(honour.code, honour.field)
      // The code stays on the screen, for a page that may not write to the clipboard.
      navigator.clipboard?.writeText(honour.code).catch(() => {})
      layer.say(honour.code)
      if (target) location.assign(target)
    } else {
      if (honour?.by === 'callback') {
        const { decision_id, action_id } = layer.offer
        tell(layer.host, 'action', params, { decision_id, action_id })
        if (target) location.assign(target)
      }
      layer.close()
    }
  }
  return row
}

/** Remember a code that was taken, for the page that has a field for it. */
function keep(code: string, field: string | undefined): void {
  if (!field) return
  try {
    sessionStorage.setItem(KEPT, JSON.stringify([code, field]))
  } catch {
    // Without storage the code is still on the screen.
  }
  prefill()
}

/** Write a code that was taken into the shop's own field, where that is on this page and empty. */
export function prefill(): void {
  try {
    const [code, field] = JSON.parse(sessionStorage.getItem(KEPT) ?? '[]')
    const input = field && document.querySelector(field)
    if (!(input instanceof HTMLInputElement) || input.value) return
    input.value = code
    for (const type of ['input', 'change']) input.dispatchEvent(new Event(type, { bubbles: true }))
  } catch {
    // A selector that the browser cannot read: the code was shown.
  }
}
