import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Host } from '../src/host'
import { leave, start } from '../src/late/shop'
import { typeOf } from '../src/late/types'
import type { Stop } from '../src/util'

const told: [string, Record<string, unknown>][] = []
let type = 'product'
let off = ''
let isToldByAdapter = false
let stop: Stop = () => {}
let route: () => void = () => {}

/** A page of this kind, with the tag at rest in it. */
function page(pageType: string, html: string, path = '/catalogue/desk-lamp_1/') {
  type = pageType
  history.replaceState(null, '', path)
  document.body.innerHTML = html
  stop = start(
    {
      report: (name: string, data: Record<string, unknown>) => told.push([name, data]),
      onView: (listener: () => void) => {
        route = listener
        return () => {}
      },
      currentType: () => type,
      setting: () => null,
      isOff: (group: string) => group === off,
    } as unknown as Host,
    typeOf,
    () => isToldByAdapter,
  )
}
const names = () => told.map(([name]) => name)
const press = (selector: string) => document.querySelector<HTMLElement>(selector)!.click()

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  document.addEventListener('submit', (event) => event.preventDefault(), { once: true })
})
afterEach(() => {
  stop()
  told.length = 0
  off = ''
  isToldByAdapter = false
  document.head.innerHTML = document.body.innerHTML = ''
  ;(window as { dataLayer?: unknown }).dataLayer = undefined
  vi.useRealTimers()
})

const LINKED = `<script type="application/ld+json">{"@graph":[{"@type":"BreadcrumbList"},{"@type":"Product","sku":"L-1",
  "category":"Lamps","isRelatedTo":{"@type":"Product","sku":"L-2"},"offers":[{"price":"19.90","priceCurrency":"EUR"}]}]}</script>`

test('a product is told as its structured data says', () => {
  page('product', LINKED)
  const item = { item_id: 'L-1', item_category: 'Lamps', price: '19.90', quantity: 1 }
  expect(told).toEqual([['view_item', { currency: 'EUR', value: 19.9, items: [item] }]])
})

test.each([
  [
    'microdata',
    '<div itemtype="https://schema.org/Product"><b itemprop="sku">L-1</b><i itemprop="price" content="5">5 €</i><i itemprop="priceCurrency" content="EUR"></i></div>',
    'L-1',
    5,
  ],
  ['a script that is broken', '<script type="application/ld+json">{</script>', 'desk-lamp_1', undefined],
  ['nothing but its address', '', 'desk-lamp_1', undefined],
])('a product is told by %s', (_, html, id, value) => {
  page('product', html)
  expect(names()).toEqual(['view_item'])
  expect(told[0]![1].value).toBe(value)
  expect((told[0]![1].items as { item_id: string }[])[0]!.item_id).toBe(id)
})

test('a page that is no product by any sign tells none', () => {
  page('other', '<h1>About us</h1>', '/about-us')
  expect(told).toEqual([])
})

test.each([
  ['listing', 'view_item_list'],
  ['search', 'view_item_list'],
  ['cart', 'view_cart'],
  ['checkout', 'begin_checkout'],
])('a %s page is %s', (kind, name) => {
  page(kind, '')
  expect(names()).toEqual([name])
})

test('a checkout begins once, on whichever step', () => {
  page('cart', '')
  for (const step of ['checkout', 'shipping', 'payment']) {
    type = step
    route()
    vi.runAllTimers()
  }
  expect(names()).toEqual(['view_cart', 'begin_checkout'])
})

/** Buttons as shop systems write them, on a page that is left by them. */
test.each([
  '<form action="/basket/add/12/" method="post"><button>Add to basket</button></form>',
  '<form action="/cart/add"><button type="submit" name="add"><span>In den Warenkorb</span></button></form>',
  '<form id="product_addtocart_form"><button type="submit" title="Add to Cart" class="action tocart">+</button></form>',
  '<a href="?add-to-cart=12" class="button">Kaufen</a>',
  '<button type="button" data-button-action="add-to-cart">Ajouter au panier</button>',
  '<button id="add-to-cart-button-4" type="button">Buy</button>',
  '<button data-fc-event="add_to_cart">Take it home</button>',
  '<button aria-label="Add A lamp for desks, white, with its shade to cart">+</button>',
  '<button type="button"> Buy now </button>',
  '<form id="add-cart"><input type="submit" name="add_cart" value="Buy"></form>',
])('%s fills the cart', (html) => {
  page('product', html)
  press('button,a,[type=submit]')
  expect(names(), 'a press is not yet an article in the cart').toEqual(['view_item'])
  leave()
  expect(names()).toEqual(['view_item', 'add_to_cart'])
  leave()
  expect(names()).toHaveLength(2)
})

test.each([
  '<button class="mini-cart-icon" aria-label="Shopping cart with 2 items">2</button>',
  '<form action="/basket/add/12/"><button type="button" class="add-to-wishlist">Add to wish list</button></form>',
  '<form action="/basket/vouchers/add/"><button>Add voucher</button></form>',
  '<form action="/cart/add"><input required><button>Add to cart</button></form>',
  '<button disabled>Add to cart</button>',
  '<a href="/cart">View cart</a>',
  '<button class="filter-remove">Remove filter</button>',
  '<div data-fc-ignore><button>Add to cart</button></div>',
  '<form id="add-cart"><input type="submit" name="add_wishlist" value="Save for later"></form>',
  '<button>Add a review</button>',
])('%s does not', (html) => {
  page('product', html)
  press('button,a,[type=submit]')
  leave()
  expect(names()).toEqual(['view_item'])
})

test('what the shop refuses, and asks nobody about, is not told', () => {
  page('product', '<button>Add to cart</button><p></p>')
  press('button')
  document.querySelector('p')!.textContent = 'Choose a size'
  vi.runAllTimers()
  expect(names()).toEqual(['view_item'])
})

test('a request after the shopper turned to something else is not the answer to what was pressed before', () => {
  page('product', '<button id="add">Add to cart</button><button id="black">Black</button>')
  press('#add')
  press('#black')
  leave()
  expect(names()).toEqual(['view_item'])
  press('#add')
  press('#add')
  leave()
  expect(names()).toEqual(['view_item', 'add_to_cart', 'add_to_cart'])
})

test('a cart that is kept in the browser shows its new number', () => {
  page(
    'listing',
    '<i class="cart-count">0</i><li><a href="/products/lamp-2">Lamp</a><button>Add to cart</button></li><h1>All</h1>',
  )
  press('button')
  document.querySelector('i')!.textContent = '1'
  vi.runAllTimers()
  expect(told.slice(1)).toEqual([
    ['add_to_cart', { value: undefined, currency: undefined, items: [{ item_id: 'lamp-2', quantity: 1 }] }],
  ])
})

test('in the cart: removed, more of it, less of it', () => {
  const row =
    '<a href="/products/lamp-2">Lamp</a><input name="qty" value="2"><button class="plus">+</button><button class="minus">-</button><a href="#">Remove</a>'
  page('cart', `<table class="cart"><tr><td>${row}</td></tr></table>`, '/cart')
  const field = document.querySelector('input')!
  field.dispatchEvent(new Event('focusin', { bubbles: true }))
  field.value = '5'
  field.dispatchEvent(new Event('change', { bubbles: true }))
  for (const selector of ['.plus', '.minus', '[href="#"]']) {
    press(selector)
    leave()
  }
  expect(told.slice(1).map(([name, data]) => [name, (data.items as { quantity: number }[])[0]!.quantity])).toEqual([
    ['add_to_cart', 3],
    ['add_to_cart', 1],
    ['remove_from_cart', 1],
    ['remove_from_cart', 1],
  ])
})

test('what an adapter has told is not told again, and all is quiet once it is switched off', () => {
  page('product', '<button>Add to cart</button>')
  isToldByAdapter = true
  press('button')
  leave()
  expect(names()).toEqual(['view_item'])
  isToldByAdapter = false
  press('button')
  stop()
  press('button')
  leave()
  vi.runAllTimers()
  expect(names()).toEqual(['view_item'])
})

test('data-off: product and forms, each alone', () => {
  off = 'product'
  page('product', '<button>Add to cart</button>')
  press('button')
  leave()
  expect(names()).toEqual(['add_to_cart'])
  stop()
  told.length = 0
  off = 'forms'
  page('product', '<button>Add to cart</button>')
  press('button')
  leave()
  expect(names()).toEqual(['view_item'])
})
