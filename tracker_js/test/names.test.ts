import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Host } from '../src/host'
import { leave, start } from '../src/late/shop'
import { typeOf } from '../src/late/types'
import type { Stop } from '../src/util'

const told: [string, Record<string, unknown>][] = []
let type = 'product'
let stop: Stop = () => {}

/** A page of this kind, with the tag at rest in it. */
function page(pageType: string, html: string, path = '/catalogue/desk-lamp_1/') {
  type = pageType
  history.replaceState(null, '', path)
  document.body.innerHTML = html
  stop = start(
    {
      report: (name: string, data: Record<string, unknown>) => told.push([name, data]),
      onView: () => () => {},
      currentType: () => type,
      setting: () => null,
      isOff: () => false,
    } as unknown as Host,
    typeOf,
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
  document.head.innerHTML = document.body.innerHTML = ''
  vi.useRealTimers()
})

test.each([
  '<a href="/cart"><b>0</b></a>',
  '<header><button><b>0</b></button></header>',
  '<button aria-label="Shopping Cart"><b>0</b></button>',
])('a cart in the browser whose only number is in %s', (counter) => {
  page('product', `${counter}<h1>Lamp</h1><button id="add">Add to cart</button>`)
  press('#add')
  document.querySelector('b')!.textContent = '1'
  vi.runAllTimers()
  expect(names()).toEqual(['view_item', 'add_to_cart'])
})

test('how many: the field beside the button, whatever names it, and never one of the cart', () => {
  page(
    'product',
    `<aside class="mini-cart"><input class="cart-quantity" value="7"></aside><h1>Lamp</h1>
     <div><div><button>-</button><input class="product-quantity" value="3"><button>+</button></div>
     <button id="add">Add to cart</button></div>`,
  )
  press('#add')
  leave()
  const quantities = told.map(([, data]) => (data.items as { quantity: number }[])[0]!.quantity)
  expect(quantities).toEqual([1, 3])
})

test('an address of an account is added, and nothing to the cart', () => {
  page('account', '<button>Add</button>', '/account/addresses')
  press('button')
  leave()
  expect(names()).toEqual([])
})

test.each([
  ['<input name="billing_street"><input name="email">', ['add_shipping_info']],
  ['<input id="cardNumber">', ['add_payment_info']],
  ['<input type="hidden" name="card_number"><input type="hidden" name="street">', []],
  ['<input name="email_address">', []],
])('a checkout of one address for all its steps: %s', (fields, expected) => {
  page(
    'checkout',
    `<form>${fields}<button>Next</button><input type="submit" name="back" value="Back"></form>`,
    '/checkout',
  )
  press('[name=back]')
  press('button')
  vi.runAllTimers()
  expect(names().slice(1)).toEqual(expected)
})

test('a line of the cart that is ticked for removal', () => {
  const row = '<a href="/product/lamp-2/">Lamp</a><input type="checkbox" name="items-0-DELETE">'
  page('cart', `<form class="cart-form">${row}<input type="checkbox" name="gift"></form>`, '/cart/')
  press('[name=gift]')
  press('[name=items-0-DELETE]')
  press('[name=items-0-DELETE]')
  expect(names().slice(1)).toEqual(['remove_from_cart', 'add_to_cart'])
})
