/**
 * Shop systems that tell more than their pages do: where one is recognised, its adapter is loaded, with no configuration.
 *
 * To add one: a file beside this one that gives `start` and `isOurs`, a row here, and a row in the build's chunks.
 */

import type { Host } from '../host'
import type { Stop } from '../util'

/** A chunk of its own. */
export interface Adapter {
  /** Begin. Returns the off switch, of this chunk's own: `collect` gathers what its own bundle switches on. */
  start: (host: Host) => Stop
  /** Whether it tells the change of the cart that is going on: whoever reads the page then keeps silent. */
  isOurs: () => boolean
}

const SYSTEMS: [isHere: () => boolean, load: () => Promise<Adapter>][] = [
  [() => 'Shopify' in window, () => import('./shopify')],
  [
    () => 'wc_add_to_cart_params' in window || document.body.className.includes('woocommerce'),
    () => import('./woocommerce'),
  ],
]

let adapter: Adapter | undefined

/** Whether an adapter tells of the cart just now. */
export const isOurs = () => !!adapter?.isOurs()

/** Whether the shop tells e-commerce itself: then nobody else does. */
export const isSpoken = () =>
  // biome-ignore lint/suspicious/noExplicitAny: a page may push anything
  (window as { dataLayer?: any[] }).dataLayer?.some((entry) =>
    /^(view_item|select_item|add_to_cart|remove_from_cart|view_cart|begin_checkout|purchase)$/.test(
      entry?.[0] === 'event' ? entry[1] : entry?.event,
    ),
  )

/** Load the adapter of this shop's system, if there is one. Returns the off switch. */
export function adapt(host: Host): Stop {
  let isOn = true
  let stop: Stop = () => {}
  const found = SYSTEMS.find(([isHere]) => isHere())
  if (found && !host.isOff('forms'))
    found[1]().then(
      (module) => {
        if (!isOn) return
        adapter = module
        // A page cannot take back what it has told.
        const quiet: Host = { ...host, report: (...told) => isSpoken() || host.report(...told) }
        stop = module.start(quiet)
      },
      () => {},
    )
  return () => {
    isOn = false
    adapter = undefined
    stop()
  }
}
