/** What the server asks to be drawn. */

export type Honour = { by: 'code'; code: string; field?: string } | { by: 'url'; url: string } | { by: 'callback' }

/** The merchant's texts and addresses (core/actions.py), as the server sends them. */
export interface Params {
  type: string
  title: string
  text?: string
  button: string
  decline: string
  honour?: Honour
  url?: string
  image_url?: string
  price_minor?: number
  currency?: string
  threshold_minor?: number
  to_go_minor?: number
  terms_url?: string
  form_url?: string
  field_name?: string
  label?: string
  consent?: string
  thanks?: string
}

export interface Offer {
  decision_id: string
  action_id: string
  params: Params
  /** `performance.now()` until which it may be drawn. */
  until: number
  /** `performance.now()` when the deciding event was captured. */
  since: number
}
