/** A shop that tells e-commerce itself is not told of a second time. */

import type { Host } from '../host'

const ECOMMERCE = /^(view_item|select_item|add_to_cart|remove_from_cart|view_cart|begin_checkout|purchase)$/

const isSpoken = () =>
  // biome-ignore lint/suspicious/noExplicitAny: a page may push anything
  (window as { dataLayer?: any[] }).dataLayer?.some?.((entry) =>
    ECOMMERCE.test(entry?.[0] === 'event' ? entry[1] : entry?.event),
  )

/** The report of what the page shows, which is silent where the dataLayer has spoken. */
export const quiet =
  ({ report }: Host): Host['report'] =>
  (...told) =>
    !isSpoken() && report(...told)
