import { afterEach, expect, test } from 'vitest'
import { typeOf, typeOfPage } from '../src/late/types'

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
  ['/items/12', 'product'],
  ['/my-cart', 'cart'],
  ['/order/complete/12/abc/', 'confirmation'],
])('%s looks like %s', (path, type) => {
  expect(typeOf(path) ?? 'other').toBe(type)
})

afterEach(() => {
  document.head.innerHTML = document.body.innerHTML = ''
})

const linked = (...types: string[]) =>
  `<script type="application/ld+json">${JSON.stringify(types.map((type) => ({ '@type': type, sku: '1' })))}</script>`

test.each([
  ['/lamp-with-shade', linked('BreadcrumbList', 'Product'), 'product'],
  ['/lamp-with-shade', '<main itemtype="https://schema.org/Product"><h1>Lamp</h1></main>', 'product'],
  ['/lamp-with-shade', '<meta property="og:type" content="product">', 'product'],
  ['/lamps', linked('Product', 'Product'), undefined],
  ['/about-us', linked('Organization'), undefined],
  ['/lamps', '<i itemtype="https://schema.org/Product"></i><i itemtype="https://schema.org/Product"></i>', undefined],
])('%s with %s is a %s', (path, html, type) => {
  history.replaceState(null, '', path)
  document.body.innerHTML = html
  expect(typeOfPage()).toBe(type)
})

test.each([
  ['/checkout/complete/', 'Order Complete', '<h1>Thank you</h1>', 'confirmation'],
  ['/demo/shop/order/A8K1/secret/', 'Your order', '<h2>Thank you!</h2>', 'confirmation'],
  ['/checkout/complete', 'Checkout', '<h1>Summary of your order</h1>', 'checkout'],
  ['/checkout', 'Complete your order', '<h1>Checkout</h1>', 'checkout'],
  ['/newsletter', 'Thank you', '<h1>Thank you</h1>', undefined],
])('%s, "%s", %s is %s', (path, title, html, type) => {
  history.replaceState(null, '', path)
  document.title = title
  document.body.innerHTML = html
  expect(typeOfPage()).toBe(type)
})
