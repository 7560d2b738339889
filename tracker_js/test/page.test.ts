import { afterEach, expect, test } from 'vitest'
import { source } from '../src/late/source'
import { typeOfPage } from '../src/late/types'
import { pageType } from '../src/page'

const w = window as unknown as { dataLayer?: unknown }

afterEach(() => {
  document.documentElement.removeAttribute('data-fc-page-type')
  document.head.innerHTML = ''
  delete w.dataLayer
})

test('what the shop says wins: its mark, then its meta, then what the page is found to be', () => {
  expect(pageType(() => undefined)).toBe('other')
  expect(pageType(() => 'home')).toBe('home')
  document.head.innerHTML = '<meta name="fc:page-type" content="pricing">'
  expect(pageType(() => 'home')).toBe('pricing')
  document.documentElement.setAttribute('data-fc-page-type', 'faq')
  expect(pageType(() => 'home')).toBe('faq')
})

test('a page is what its dataLayer says, before its address does', () => {
  history.replaceState({}, '', '/')
  expect(typeOfPage()).toBe('home')
  w.dataLayer = [{ event: 'view_item', ecommerce: {} }, { event: 'gtm.js' }, null, 'words']
  expect(typeOfPage()).toBe('product')
  w.dataLayer = [['event', 'view_cart', {}]]
  expect(typeOfPage()).toBe('cart')
  w.dataLayer = [{ event: 'view_item' }, { page_type: 'lookbook' }]
  expect(typeOfPage()).toBe('lookbook')
})

test('an entry that throws when it is read, or a dataLayer that is no array, types no page and stops nothing', () => {
  history.replaceState({}, '', '/')
  const bad = Object.defineProperty({}, 'event', {
    get() {
      throw new Error('of the shop')
    },
  })
  w.dataLayer = [{ event: 'view_item_list' }, bad]
  expect(typeOfPage()).toBe('listing')
  w.dataLayer = 'words'
  expect(typeOfPage()).toBe('home')
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
  ['', 'utm_medium=CPC', 'paid'],
  [`http://${location.hostname}/p/1`, '', 'internal'],
  ['https://x.com/', '', 'social'],
  ['https://relax.com/', '', 'referral'],
])('from %s with %s is %s', (referrer, query, expected) => {
  expect(source(referrer, query)).toBe(expected)
})
