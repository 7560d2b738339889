/** GA4 e-commerce events as shops push them to `dataLayer` already, before we load and after: names, items, amounts. */

import { itemId, slug } from '../clean'
import { currency as usual } from '../config'
import { consent } from '../gate'
import { emit } from '../link'
import { minor } from '../money'
import { COMMERCE, type EventFields, FIRST_COMMERCE_TAG, type Item, MAX_ITEMS, Tag } from '../schema'
import { safe } from '../util'
import { check, search } from './pages'

// biome-ignore lint/suspicious/noExplicitAny: a page may push anything
type Data = any
type Layer = Data[]

const names = COMMERCE.split(' ')

/** The shop's dataLayer; ours where there is none yet, and an empty one where it is something else. */
export const layer = (): Layer => [((window as Data).dataLayer ??= [])].find(Array.isArray) ?? []

/** An entry's event name and data: `{event, ecommerce: {...}}` or `gtag('event', name, {...})`. */
export function readEntry(entry: Data): [name: string, data: Data] | undefined {
  if (entry?.[0] === 'event') return [entry[1], entry[2]]
  if (entry?.event) return [entry.event, entry.ecommerce ?? entry]
}

/** The shop has told of its e-commerce itself: what its pages show is not told a second time. */
let isSpoken = false

/** Report one event of GA4's list; false for every other name. `isRead`: the page shows it, and its shop has not said it. */
export function report(name: string, data: Data = {}, isRead?: boolean): boolean {
  const index = names.findIndex((line) => line.split(',')[0] === name)
  if (index >= 0) {
    if (isRead && isSpoken) return true
    isSpoken ||= !isRead
    commerce(index, data)
  } else if (name === 'search') search(`${data.search_term ?? ''}`.trim().length)
  else if (name === 'view_promotion') emit(Tag.ViewPromotion, slug(data.promotion_id))
  else if (name === 'select_promotion') emit(Tag.SelectPromotion, slug(data.promotion_id))
  else return false
  return true
}

/** Currency, value, items, then what this event has beside them. Money without a currency is sent as it is: the server
 * refuses it and counts the mistake. */
function commerce(index: number, data: Data): void {
  const [currency] = /^[A-Z]{3}$/.exec(data.currency ?? usual) ?? []
  const money = (amount: unknown) => minor(amount, currency)
  const item = ({ item_id, item_name, item_category, price, quantity }: Data): Item => [
    itemId(item_id ?? item_name),
    slug(item_category),
    money(price),
    quantity >= 0 && quantity < 1e6 ? Math.round(quantity) : 1,
  ]
  const items = [...(data.items ?? [])].slice(0, MAX_ITEMS).map(item)
  const own = names[index]!.split(',').slice(1)
  const rest = own.map((field) =>
    field.endsWith('_minor')
      ? money(data[field.slice(0, -6)])
      : slug(field === 'list_id' ? (data.item_list_id ?? data.item_list_name) : data[field]),
  )
  emit(
    (FIRST_COMMERCE_TAG + index) as Tag.Purchase,
    ...([currency, money(data.value), items, ...rest] as unknown as EventFields[Tag.Purchase]),
  )
}

/** Report what the page pushed before we came. What comes later is heard already. */
export const start = () => layer().forEach(safe(one))

function one(entry: Data): void {
  const found = readEntry(entry)
  if (found) report(...found)
}

/** Hear consent answers of Google's consent mode from now on, and everything else while `isOn` says so. A dataLayer that is
 * frozen is heard as far as it has come. */
export const listenToLayer = safe((isOn: () => boolean) => {
  const told = safe((entry: Data) => {
    if (entry?.[0] === 'consent') consent(entry[2].analytics_storage, entry[1] === 'default', entry[2].wait_for_update)
    else if (isOn()) {
      // A route may have changed that no event has told us yet.
      check(entry)
      one(entry)
    }
  })
  const target = layer()
  target.forEach(told)
  const original = target.push
  target.push = function (...entries) {
    const length = original.apply(this, entries)
    entries.forEach(told)
    return length
  }
})
