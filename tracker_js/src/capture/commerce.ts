/** GA4 e-commerce events as shops push them to `dataLayer` already, before we load and after: names, items, amounts. */

import { itemId, slug } from '../clean'
import { consent } from '../gate'
import { emit } from '../link'
import { minor } from '../money'
import { COMMERCE, type EventFields, type Item, MAX_ITEMS, Tag } from '../schema'
import { type Stop, safe } from '../util'
import { search } from './pages'

type Data = Record<string, unknown>
type Layer = unknown[]

const isData = (value: unknown): value is Data => !!value && typeof value === 'object'

let fallbackCurrency = ''

/** The shop's dataLayer; ours where there is none yet. */
export function layer(): Layer {
  const w = window as unknown as { dataLayer?: Layer }
  w.dataLayer ??= []
  return w.dataLayer
}

/** An entry's event name and data: `{event, ecommerce: {...}}` or `gtag('event', name, {...})`. */
export function readEntry(entry: unknown): [name: string, data: Data] | null {
  if (!isData(entry)) return null
  if (entry[0] === 'event') return [String(entry[1]), isData(entry[2]) ? entry[2] : {}]
  if (typeof entry.event !== 'string') return null
  return [entry.event, isData(entry.ecommerce) ? entry.ecommerce : entry]
}

/** Report one event of GA4's list; false for every other name. */
export function report(name: string, data: Data): boolean {
  const known = Object.hasOwn(COMMERCE, name) && COMMERCE[name]
  if (known) {
    const [tag, ...own] = known
    emit(tag, ...(fieldsOf(data, own) as EventFields[typeof tag]))
  } else if (name === 'search') search(String(data.search_term ?? '').trim().length)
  else if (name === 'view_promotion') emit(Tag.ViewPromotion, slug(data.promotion_id ?? data.promotion_name))
  else if (name === 'select_promotion') emit(Tag.SelectPromotion, slug(data.promotion_id ?? data.promotion_name))
  else return false
  return true
}

function fieldsOf(data: Data, own: string[]): unknown[] {
  const stated = String(data.currency ?? fallbackCurrency).toUpperCase()
  const currency = /^[A-Z]{3}$/.test(stated) ? stated : ''
  const money = (amount: unknown) => minor(amount, currency)
  const items = (Array.isArray(data.items) ? data.items : []).slice(0, MAX_ITEMS).filter(isData).map(item)
  return [
    currency || undefined,
    money(data.value),
    items,
    ...own.map((field) => {
      if (field.endsWith('_minor')) return money(data[field.slice(0, -6)])
      if (field === 'list_id') return slug(data.item_list_id ?? data.item_list_name)
      return field === 'transaction_id' ? itemId(data[field]) : slug(data[field])
    }),
  ]

  function item(line: Data): Item {
    const quantity = Math.round(Number(line.quantity ?? 1))
    return [
      itemId(line.item_id ?? line.item_name),
      slug(line.item_category),
      money(line.price),
      quantity >= 0 && quantity <= 1e6 ? quantity : 1,
    ]
  }
}

/** Hear consent answers of Google's consent mode from now on, before anything else is switched on. */
export function hearConsent(isOpen: () => boolean): void {
  const told = safe((entry: unknown) => {
    if (isData(entry) && entry[0] === 'consent' && isData(entry[2])) consent(entry[2].analytics_storage)
    else if (isOpen()) one(entry)
  })
  const target = layer()
  for (const entry of [...target]) if (isData(entry) && entry[0] === 'consent') told(entry)
  const original = target.push
  target.push = function (this: Layer, ...entries) {
    const length = original.apply(this, entries)
    entries.forEach(told)
    return length
  }
}

function one(entry: unknown): void {
  const found = readEntry(entry)
  if (found) report(...found)
}

/** Report what the page pushed before we came. What comes later is heard already. */
export function start(currency: string): Stop {
  fallbackCurrency = currency
  for (const entry of [...layer()]) one(entry)
  return () => {}
}
