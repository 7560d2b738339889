import { expect, test } from 'vitest'
import { pageType, source } from '../src/page'

test('what the shop says wins: its mark, then its meta, then its dataLayer, then what the page is found to be', () => {
  const layer: unknown[] = [{ event: 'view_item', ecommerce: {} }]
  expect(pageType([], () => undefined)).toBe('other')
  expect(pageType([], () => 'home')).toBe('home')
  expect(pageType(layer, () => 'home')).toBe('product')
  expect(pageType([...layer, { page_type: 'lookbook' }], () => 'home')).toBe('lookbook')
  document.head.innerHTML = '<meta name="fc:page-type" content="pricing">'
  expect(pageType(layer, () => 'home')).toBe('pricing')
  document.documentElement.setAttribute('data-fc-page-type', 'faq')
  expect(pageType(layer, () => 'home')).toBe('faq')
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
