/**
 * Shopify: what was put into the cart and taken out, with ids and prices, read from the shop's own `/cart.js` after each
 * request that changes it. Of a line only its product, price and quantity are read, never its note or properties.
 */

import type { Host } from '../host'
import { collect, now, type Stop, safe, undo } from '../util'

interface Line {
  variant_id: number
  sku?: string
  handle?: string
  product_type?: string
  /** Hundredths, whatever the currency. */
  price: number
  quantity: number
}
interface Cart {
  currency: string
  items: Line[]
}

const CHANGES = /\/cart\/(add|change|update|clear)\b/
const OURS_MS = 3000

let changedAt = Number.NEGATIVE_INFINITY
export const isOurs = () => now() - changedAt < OURS_MS

/** Begin. Returns the off switch. */
export const start = (host: Host): Stop => collect(() => watch(host))

function watch(host: Host): void {
  const { Shopify } = window as { Shopify?: { routes?: { root?: string } } }
  let known: Map<number, Line> | undefined
  let isOn = true
  let asked = 0
  let answered = 0

  const tell = (name: string, currency: string, line: Line, quantity: number) => {
    const price = line.price / 100
    const item = { item_id: line.sku || line.handle, item_category: line.product_type, price, quantity }
    host.report(name, { currency, value: price * quantity, items: [item] })
  }

  async function look(): Promise<void> {
    const mine = ++asked
    const answer = await fetch(`${Shopify?.routes?.root ?? '/'}cart.js`)
    const { currency, items } = (await answer.json()) as Cart
    // A cart that was asked for earlier, and comes later, is an older one.
    if (!isOn || mine < answered) return
    answered = mine
    const before = known
    known = new Map(items.map((line) => [line.variant_id, line]))
    if (!before) return
    for (const [id, line] of new Map([...before, ...known])) {
      const more = (known.get(id)?.quantity ?? 0) - (before.get(id)?.quantity ?? 0)
      if (more) tell(more > 0 ? 'add_to_cart' : 'remove_from_cart', currency, line, Math.abs(more))
    }
  }
  // A shop that is closed, or no cart that can be read: the page's own words have to do.
  const quietly = () => look().catch(() => {})

  const observer = new PerformanceObserver(
    safe((list: PerformanceObserverEntryList) => {
      if (!list.getEntries().some(({ name }) => CHANGES.test(name))) return
      if (known) changedAt = now()
      quietly()
    }),
  )
  observer.observe({ type: 'resource' })
  undo(() => {
    isOn = false
    observer.disconnect()
  })
  quietly()
}
