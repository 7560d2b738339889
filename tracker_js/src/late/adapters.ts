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
        stop = module.start(host)
      },
      () => {},
    )
  return () => {
    isOn = false
    adapter = undefined
    stop()
  }
}
