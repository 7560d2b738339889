import { beforeEach, expect, test, vi } from 'vitest'

const sent: unknown[][] = []
vi.mock('../src/link', () => ({ emit: (...event: unknown[]) => sent[sent.push(event) - 1], hasSpoken: () => false }))

type Layer = unknown[] & { push: (...entries: unknown[]) => number }
const page = window as unknown as { dataLayer?: Layer }

/** The adapter as a page meets it, with an open gate unless told otherwise. */
async function adapter(before: unknown[] = [], isOn = () => true) {
  vi.resetModules()
  sent.length = 0
  page.dataLayer = before as Layer
  const commerce = await import('../src/capture/commerce')
  const pages = await import('../src/capture/pages')
  pages.view('navigate')
  sent.length = 0
  commerce.listenToLayer(isOn)
  return commerce
}

function gtag(..._words: unknown[]): void {
  // biome-ignore lint/complexity/noArguments: Google's own snippet pushes exactly this object
  page.dataLayer?.push(arguments)
}

beforeEach(() => {
  page.dataLayer = undefined
})

const item = { item_id: 'SKU-1', item_name: 'Lamp', item_category: 'Lamps', price: 19.99, quantity: 2 }

test('an event pushed before we came is reported once we start', async () => {
  const pushed = { event: 'view_item', ecommerce: { currency: 'EUR', value: 19.99, items: [item] } }
  const { start } = await adapter([pushed], () => false)
  start()
  expect(sent).toEqual([[4, 'EUR', 1999, [['SKU-1', 'Lamps', 1999, 2]]]])
})

test('an event pushed later is reported at once, and the page gets its own return value', async () => {
  await adapter([1, 2])
  const length = page.dataLayer?.push({ event: 'add_to_cart', ecommerce: { currency: 'EUR', value: 5, items: [] } })
  expect(length).toBe(3)
  expect(sent).toEqual([[6, 'EUR', 500, []]])
})

test('the gtag form says the same', async () => {
  await adapter()
  gtag('event', 'purchase', {
    transaction_id: 'T-1',
    currency: 'JPY',
    value: 1200,
    shipping: 0,
    tax: 100,
    coupon: 'SUMMER 5',
    items: [],
  })
  expect(sent).toEqual([[12, 'JPY', 1200, [], 'T-1', 0, 100, 'SUMMER_5']])
})

test.each([
  [{ ecommerce: null }],
  [{ event: 'gtm.js' }],
  [{ event: 'page_view' }],
  [null],
  ['text'],
  [{ event: 'toString', ecommerce: {} }],
])('%j is no event of ours', async (entry) => {
  await adapter()
  page.dataLayer?.push(entry)
  expect(sent).toEqual([])
})

test('an entry that cannot be read costs nothing but itself', async () => {
  await adapter()
  expect(() => page.dataLayer?.push({ event: 'view_item', ecommerce: { items: 7 } })).not.toThrow()
  page.dataLayer?.push({ event: 'view_cart', ecommerce: {} })
  expect(sent.map(([tag]) => tag)).toEqual([8])
})

test('of many items the first twenty travel', async () => {
  await adapter()
  page.dataLayer?.push({
    event: 'view_item_list',
    ecommerce: { item_list_id: 'sale', items: new Array(50).fill(item) },
  })
  expect(sent[0]?.[3]).toHaveLength(20)
  expect(sent[0]?.[4]).toBe('sale')
})

test('money without a currency is sent as it is, so that the server can count the mistake', async () => {
  await adapter()
  page.dataLayer?.push({ event: 'purchase', ecommerce: { value: 10, transaction_id: 'T-2' } })
  expect(sent[0]?.slice(0, 3)).toEqual([12, undefined, 1000])
})

test('a search is told once for a view, by its length', async () => {
  await adapter()
  page.dataLayer?.push({ event: 'search', search_term: 'green lamp' })
  gtag('event', 'search', { search_term: 'green lamp' })
  expect(sent).toEqual([[14, 10]])
})

const read = { items: [{ item_id: 'SKU-1' }] }

test.each([
  ['its dataLayer', () => page.dataLayer?.push({ event: 'view_item', ecommerce: read })],
  ["fifthclick('track')", (report: (name: string, data: unknown) => void) => report('view_item', read)],
])('what the page shows is told until the shop tells e-commerce itself: %s', async (_, tell) => {
  const { report } = await adapter()
  expect(report('add_to_cart', read, true)).toBe(true)
  report('search', { search_term: 'lamp' })
  expect(sent.map(([tag]) => tag)).toEqual([6, 14])
  tell(report)
  report('add_to_cart', read, true)
  expect(sent.map(([tag]) => tag)).toEqual([6, 14, 4])
  report('add_to_cart', read)
  expect(sent.map(([tag]) => tag)).toEqual([6, 14, 4, 6])
})

test('a frozen dataLayer is heard as far as it has come, and stops nothing', async () => {
  await adapter(Object.freeze([{ event: 'view_cart', ecommerce: read }]) as unknown[])
  expect(sent.map(([tag]) => tag)).toEqual([8])
})

test('a route is what its own entries and its address say, not what the dataLayer holds of an earlier page', async () => {
  await adapter([{ event: 'view_item', ecommerce: read }])
  const pages = await import('../src/capture/pages')
  const { typeOfPage } = await import('../src/late/types')
  pages.learn(typeOfPage, () => 'direct')
  expect(pages.currentType()).toBe('product')
  history.pushState(null, '', '/our-story')
  pages.check()
  expect(pages.currentType()).toBe('other')
  history.pushState(null, '', '/lamps-for-you')
  page.dataLayer?.push({ event: 'view_item_list', ecommerce: read })
  expect(pages.currentType()).toBe('listing')
  history.pushState(null, '', '/cart')
  page.dataLayer?.push({ event: 'gtm.historyChange' })
  expect(pages.currentType()).toBe('cart')
  pages.learn(typeOfPage, () => 'direct')
  expect(pages.currentType()).toBe('cart')
})

test('while the gate is closed nothing is heard but consent', async () => {
  const gate = await adapter([], () => false).then(() => import('../src/gate'))
  const answers: boolean[] = []
  gate.watch((isOpen) => answers.push(isOpen))
  page.dataLayer?.push({ event: 'view_cart', ecommerce: {} })
  gtag('consent', 'update', { analytics_storage: 'denied' })
  gtag('consent', 'update', { ad_storage: 'granted' })
  gtag('consent', 'update', { analytics_storage: 'granted' })
  expect(sent).toEqual([])
  expect(answers).toEqual([true, false, true])
})

test('a default of consent mode that waits holds the gate until the update', async () => {
  const gate = await adapter([], () => false).then(() => import('../src/gate'))
  gtag('consent', 'default', { analytics_storage: 'granted', wait_for_update: 500 })
  const answers: boolean[] = []
  gate.watch((isOpen) => answers.push(isOpen))
  expect(answers).toEqual([])
  gtag('consent', 'update', { analytics_storage: 'granted' })
  expect(answers).toEqual([true])
})
