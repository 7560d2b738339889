/** What the server asks to be drawn. */

import type { Host } from '../host'

/** A code to type in: the merchant's one, or from a pool, then the claim brings it. */
export type Coded = { by: 'code' | 'pool'; code?: string; field?: string }
export type Honour = Coded | { by: 'url'; url: string } | { by: 'callback' }

/** A product as it is drawn: the merchant's in the action, or one that was picked for this visit. */
export interface Product {
  title?: string
  url?: string
  image_url?: string
  price_minor?: number
  currency?: string
}

export interface Store {
  name: string
  address: string
  hours?: string
  url?: string
}

/** The merchant's settings (core/look.py); what is usual is left out. */
export type Look = Partial<
  Record<'accent' | 'surface' | 'text' | 'radius' | 'corner' | 'locale' | 'direction' | 'font', string | number>
>

export type Shape = 'bar' | 'card' | 'inline' | 'modal'

/** The merchant's texts and addresses (core/actions.py), as the server sends them. */
export interface Params extends Product {
  type: string
  title: string
  text?: string
  button: string
  decline: string
  shape?: Shape
  /** The merchant's element for an inline offer: `data-fc-slot`. */
  slot?: string
  look?: Look
  /** The same texts in other languages, by locale. */
  texts?: Record<string, Partial<Params>>
  honour?: Honour
  /** What to show the server when it is taken. */
  claim?: string
  /** Until when it is honoured, by this browser's clock. */
  ends_at_ms?: number
  pick?: string
  product?: Product
  products?: Product[]
  count?: number
  hours?: number
  window_hours?: number
  threshold_minor?: number
  to_go_minor?: number
  terms_url?: string
  terms?: string
  form_url?: string
  field_name?: string
  label?: string
  consent?: string
  thanks?: string
  stores?: Store[]
  points?: number
  low?: string
  high?: string
}

export interface Offer {
  decision_id: string
  action_id: string
  params: Params
  host: Host
  /** `performance.now()` until which it may be drawn. */
  until: number
  /** `performance.now()` when the deciding event was captured. */
  since: number
  /** The server, the site and the session that it was made for. */
  visit: [host: string, site: string, session: Uint8Array]
}
