import { expect, test } from 'vitest'
import { typeOf } from '../src/late/types'

test.each([
  ['/', 'home'],
  ['/en/', 'home'],
  ['/cart', 'cart'],
  ['/checkout', 'checkout'],
  ['/checkout/shipping', 'shipping'],
  ['/checkout/payment', 'payment'],
  ['/checkout/order-received/12', 'confirmation'],
  ['/thank-you', 'confirmation'],
  ['/search', 'search'],
  ['/products/lamp', 'product'],
  ['/de/product/lampe', 'product'],
  ['/products', 'listing'],
  ['/collections/lamps', 'listing'],
  ['/collections/lamps/products/desk', 'product'],
  ['/category/lamps', 'listing'],
  ['/blog/how-we-work', 'blog'],
  ['/faq', 'faq'],
  ['/about-us', 'other'],
])('%s looks like %s', (path, type) => {
  expect(typeOf(path) ?? 'other').toBe(type)
})
