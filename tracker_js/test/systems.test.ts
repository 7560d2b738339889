import { afterEach, expect, test, vi } from 'vitest'
import type { Host } from '../src/host'
import { leave, start } from '../src/late/shop'
import { typeOf, typeOfPage } from '../src/late/types'
import { SYSTEMS } from './systems'

function marked(element: Element, marks: string): void {
  for (const { name } of [...element.attributes]) element.removeAttribute(name)
  for (const [, name, value] of marks.matchAll(/([\w-]+)="([^"]*)"/g)) element.setAttribute(name!, value!)
}

afterEach(() => {
  marked(document.documentElement, '')
  marked(document.body, '')
  document.body.innerHTML = ''
  vi.useRealTimers()
})

const pages = Object.entries(SYSTEMS).flatMap(([name, { pages }]) => pages.map((page) => [name, ...page] as const))

test.each(pages)('%s: %s is known for what it is', (_, path, html, body, type) => {
  history.replaceState(null, '', path)
  marked(document.documentElement, html)
  marked(document.body, body)
  expect(typeOfPage() ?? 'other').toBe(type)
})

const products = Object.entries(SYSTEMS).map(([name, { product }]) => [name, product] as const)

test.each(products)('%s: its product is told, and that it was put into the cart', (_, product) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  document.addEventListener('submit', (event) => event.preventDefault(), { once: true })
  history.replaceState(null, '', product.path)
  document.body.innerHTML = product.html
  const told: [string, { value?: number; items: { item_id: string; quantity: number; price?: string }[] }][] = []
  const host = {
    report: (...one: (typeof told)[number]) => told.push(one),
    onView: () => () => {},
    currentType: () => 'product',
    setting: () => null,
    isOff: () => false,
  }
  const stop = start(host as unknown as Host, typeOf)
  document.querySelector<HTMLElement>(product.press)!.click()
  leave()
  stop()
  const { id, price, quantity } = product
  expect(told.map(([name, { items }]) => [name, items.map((i) => [i.item_id, i.price, i.quantity])])).toEqual([
    ['view_item', [[id, price, 1]]],
    ['add_to_cart', [[id, price, quantity]]],
  ])
})
