/** The tracker as a package: `load` begins it as the pasted tag does. Types of what a page may say and hear. */

import { start } from './boot'

/** What the tag's `data-*` attributes say (docs/tracker.md). */
export interface Options {
  /** The public key, `pk_...`. */
  site: string
  /** Where the server is, with its path: `https://fc.example.com/_fc`. */
  host: string
  consent?: 'auto' | 'required' | 'tcf'
  storage?: 'session' | 'none'
  /** Groups of signals that are switched off, with spaces between them. */
  off?: string
  exit?: 'low' | 'medium' | 'high'
  currency?: string
}

/** An item of GA4's e-commerce events. One of id and name is needed. */
export interface Item {
  item_id?: string
  item_name?: string
  item_category?: string
  price?: number
  quantity?: number
}

export interface Ecommerce {
  /** ISO 4217; needed wherever there is money. */
  currency?: string
  value?: number
  items?: Item[]
  coupon?: string
  transaction_id?: string
  shipping?: number
  tax?: number
  shipping_tier?: string
  payment_type?: string
  item_list_id?: string
}

export type EcommerceName =
  | 'view_item_list'
  | 'select_item'
  | 'view_item'
  | 'add_to_wishlist'
  | 'add_to_cart'
  | 'remove_from_cart'
  | 'view_cart'
  | 'begin_checkout'
  | 'add_shipping_info'
  | 'add_payment_info'
  | 'purchase'
  | 'refund'

/** What a shop pushes to `window.dataLayer`, and what the tracker pushes there of an offer. */
export type DataLayerEvent =
  | { event: EcommerceName; ecommerce: Ecommerce }
  | { ecommerce: null }
  | { page_type: string }
  | {
      event: 'fifthclick_action'
      action_event: 'shown' | 'clicked' | 'dismissed' | 'submitted' | 'withheld'
      decision_id: string
      action_id: string
    }

/** The offer that was taken, as the rules say it. */
export interface Action {
  type: string
  title?: string
  [field: string]: unknown
}

export interface Ids {
  decision_id: string
  action_id: string
}

/** The same function as `window.fifthclick`. */
export interface Fifthclick {
  (verb: 'track', name: EcommerceName, props?: Ecommerce): void
  (verb: 'track', name: string, props?: { amount?: number; label?: string }): void
  (verb: 'page'): void
  (verb: 'consent', answer: 'granted' | 'denied'): void
  (verb: 'on', event: 'action', handler: (action: Action, ids: Ids) => void): void
  (verb: 'debug'): void
}

interface Global {
  fifthclick?: { (...args: unknown[]): void; q?: unknown[] }
}

/** Begin, once a page however often it is called. Where there is no document, as on a server that renders pages, it does nothing. */
export function load(options: Options): Fifthclick {
  const w = globalThis as Global
  if (typeof document !== 'undefined') {
    const { host, ...rest } = { ...options, host: options.host.replace(/\/+$/, '') }
    const said: Record<string, unknown> = { host, ...rest }
    // A page that is only prepared begins later: what is said until then is kept.
    if (!w.fifthclick) {
      const queue: unknown[] = []
      w.fifthclick = Object.assign((...args: unknown[]) => void queue.push(args), { q: queue })
    }
    start({
      src: `${host}/t.js`,
      getAttribute: (name) => (said[name.replace('data-', '')] as string | undefined) ?? null,
    })
  }
  return ((...args: unknown[]) => w.fifthclick?.(...args)) as Fifthclick
}
