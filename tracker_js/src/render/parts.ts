/** What several actions share: a product, the row of buttons, and how an offer that changes a price is honoured. */

import type { Host } from '../host'
import { Tag } from '../schema'
import { safe } from '../util'
import { httpUrl, make } from './dom'
import type { Layer } from './shell'
import type { Coded, Product } from './types'
import { money } from './words'

/** A product with its picture, which goes without a gap where it cannot be loaded. */
export function product({ title, image_url, price_minor, currency }: Product, text?: string): HTMLElement {
  const box = make(
    'div',
    {},
    make(
      'div',
      {},
      title && make('p', { class: 'name' }, title),
      text && make('p', {}, text),
      price_minor != null && currency && make('p', { class: 'price' }, money(price_minor, currency)),
    ),
  )
  const image = httpUrl(image_url)
  if (image) {
    const picture = make('img', { src: image, alt: '' })
    picture.onerror = () => picture.remove()
    box.prepend(picture)
  }
  return box
}

/** It was answered: thanks stand where the question stood, and take the focus of the button that is gone. */
export function thank({ offer, say }: Layer, box: HTMLElement): void {
  const { thanks = '' } = offer.params
  const words = make('p', { tabindex: '-1' }, thanks)
  box.replaceChildren(words)
  words.focus({ preventScroll: true })
  say(thanks)
}

/** The button that takes the offer, the one that declines it, and the terms. */
export function choices(layer: Layer, url = layer.offer.params.url): HTMLElement {
  const { params } = layer.offer
  const { honour } = params
  const target = httpUrl(honour?.by === 'url' ? honour.url : url)
  const isLink = target && (!honour || honour.by === 'url')
  const go = isLink
    ? make('a', { class: 'go', href: target }, params.button)
    : make('button', { type: 'button', class: 'go' }, params.button)
  const terms = httpUrl(params.terms_url)
  const row = make(
    'div',
    { class: 'row' },
    honour?.by === 'code' && make('code', {}, honour.code),
    go,
    make('button', { type: 'button', class: 'no' }, params.decline),
    terms && make('a', { class: 'small', href: terms, target: '_blank', rel: 'noopener' }, params.terms),
  )
  go.onclick = () => {
    layer.taken(Tag.ActionClicked)
    if (/code|pool/.test(`${honour?.by}`)) {
      // A code of the visit's own is there to be seen before the next click leads on.
      const leads = (honour as Coded).code && target
      grant(layer, row).then(() => leads && location.assign(leads))
    } else {
      if (!isLink) {
        const { host, decision_id, action_id } = layer.offer
        for (const [wanted, handler] of host.handlers)
          if (wanted === 'action') handler(params, { decision_id, action_id })
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
export const grant = async (layer: Layer, row: HTMLElement) => (await claims()).grant?.(layer, row)

/** A code that an earlier page of this visit gave is written where this page has a field for it. */
export const fillIn = safe((host: Host) => {
  // As `KEPT` in kept.ts, which is part of the other bundle. A shop that keeps us from its storage is not even asked.
  if (host.setting('storage') !== 'none' && sessionStorage['_fc.code']) claims().then(({ prefill }) => prefill?.(host))
})
