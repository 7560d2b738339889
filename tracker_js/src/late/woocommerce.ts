/**
 * WooCommerce: its own events after the cart has changed without a new page: jQuery's, with the button that was pressed,
 * and those of its blocks.
 */

import type { Host } from '../host'
import { collect, later, now, on, type Stop, safe, undo } from '../util'

/** What a button says of its product: our names are its `data-` attributes. */
type Button = { data: (name: string) => unknown; [index: number]: Element }
type Heard = (event: unknown, fragments?: unknown, hash?: unknown, button?: Button) => void
type Events = (target: Element) => {
  on: (name: string, heard: Heard) => void
  off: (name: string, heard: Heard) => void
}

const OURS_MS = 3000

let changedAt = Number.NEGATIVE_INFINITY
export const isOurs = () => now() - changedAt < OURS_MS

/** Begin. Returns the off switch. */
export const start = (host: Host): Stop => collect(() => watch(host))

function watch(host: Host): void {
  const { jQuery } = window as { jQuery?: Events }

  const tell = (name: string, button?: Button) => {
    changedAt = now()
    const id = button?.data('product_sku') || button?.data('product_id')
    const quantity = Number(button?.data('quantity')) || 1
    host.report(name, { currency: host.setting('currency') ?? undefined, items: id ? [{ item_id: id, quantity }] : [] })
  }

  /** What jQuery has said in this task: WooCommerce passes its events on to the blocks, before we hear it or after. */
  const said = new Set<string>()
  const heard = (name: string): Heard =>
    safe((_event, _fragments, _hash, button) => {
      said.add(name)
      later(() => said.delete(name))
      tell(name, button)
    })
  for (const [type, name] of [
    ['added_to_cart', 'add_to_cart'],
    ['removed_from_cart', 'remove_from_cart'],
  ] as const) {
    const handler = heard(name)
    jQuery?.(document.body).on(type, handler)
    undo(() => jQuery?.(document.body).off(type, handler))
    on(document.body, `wc-blocks_${type}`, () => {
      changedAt = now()
      if (!said.has(name)) later(() => said.has(name) || tell(name))
    })
  }
}
