import { expect, test } from 'vitest'
import { pageType, pathType, source } from '../src/page'

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
  expect(pathType(path)).toBe(type)
})

test('what the shop says wins: its mark, then its meta, then its dataLayer, then the path', () => {
  const layer: unknown[] = [{ event: 'view_item', ecommerce: {} }]
  expect(pageType([])).toBe('home')
  expect(pageType(layer)).toBe('product')
  expect(pageType([...layer, { page_type: 'lookbook' }])).toBe('lookbook')
  document.head.innerHTML = '<meta name="fc:page-type" content="pricing">'
  expect(pageType(layer)).toBe('pricing')
  document.documentElement.setAttribute('data-fc-page-type', 'faq')
  expect(pageType(layer)).toBe('faq')
  document.documentElement.removeAttribute('data-fc-page-type')
  document.head.innerHTML = ''
})

test.each([
  ['', '', 'direct'],
  ['https://www.google.com/', '', 'organic_search'],
  ['https://duckduckgo.com/', '', 'organic_search'],
  ['https://l.instagram.com/', '', 'social'],
  ['https://t.co/abc', '', 'social'],
  ['https://mail.example.org/', '', 'email'],
  ['https://a-blog.example/', '', 'referral'],
  ['https://www.google.com/', 'gclid=1', 'paid'],
  ['https://a-blog.example/', 'utm_medium=cpc', 'paid'],
  ['', 'utm_medium=email', 'email'],
  ['', 'utm_medium=social', 'social'],
])('from %s with %s is %s', (referrer, query, expected) => {
  expect(source(referrer, new URLSearchParams(query))).toBe(expected)
})
