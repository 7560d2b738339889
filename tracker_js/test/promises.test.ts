/** What an offer promises: help, a true count, a product, a deadline; and how it goes when it is withdrawn. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { BASE, draw, host, isGone, reset, root, sent, stream, take, told, words } from './drawn'

beforeEach(reset)

afterEach(() => {
  vi.useRealTimers()
})

test('help without an address is opened by the page, which is told once', async () => {
  await draw({ ...BASE, type: 'assistance' })
  expect(root().querySelector('a')).toBeNull()
  take()
  expect(told).toEqual([[expect.objectContaining({ type: 'assistance' }), { decision_id: 'd1', action_id: 'a1' }]])
  expect(sent).toContainEqual([28, 'd1', 'a1'])
  expect(isGone()).toBe(true)
})

test('help with an address is a link, and the page is told nothing', async () => {
  await draw({ ...BASE, type: 'assistance', url: 'https://shop.example/help' })
  const link = root().querySelector<HTMLAnchorElement>('a.go')!
  link.addEventListener('click', (event) => event.preventDefault())
  expect(link.href).toBe('https://shop.example/help')
  link.click()
  expect(told).toEqual([])
  expect(sent).toContainEqual([28, 'd1', 'a1'])
})

test('a count is written as people write it, with the time in which it was counted', async () => {
  await draw({ ...BASE, type: 'social_proof', title: '{count} people bought this', count: 1234, hours: 24 })
  expect(words()).toContain('1,234 people bought this')
  expect(words()).toContain('in the last 24 hours')
  await draw({ ...BASE, type: 'social_proof', title: '{count} sold', count: 5, hours: 168 })
  expect(words()).toContain('in the last 7 days')
})

test.each([undefined, null, 0, 4])('a count of %s is not told', async (count) => {
  await draw({ ...BASE, type: 'social_proof', title: '{count} people bought this', count, hours: 24 })
  expect(isGone()).toBe(true)
  expect(sent).toEqual([[31, 'd1', 'a1', 'nothing_to_show']])
})

test('a product that was picked is drawn with its own name, price and address', async () => {
  const product = { title: 'Halo <b>Stand</b>', url: 'https://shop.example/p/halo', price_minor: 4900, currency: 'USD' }
  await draw({ ...BASE, type: 'upsell', pick: 'also_bought', url: 'https://shop.example/p/other', product })
  expect(words()).toContain('Halo <b>Stand</b>')
  expect(words()).toContain('$49.00')
  expect(root().querySelector<HTMLAnchorElement>('a.go')!.href).toBe('https://shop.example/p/halo')
})

test('a product that should have been picked and was not leaves nothing to show', async () => {
  await draw({ ...BASE, type: 'upsell', pick: 'also_bought' })
  expect(isGone()).toBe(true)
  expect(sent).toEqual([[31, 'd1', 'a1', 'nothing_to_show']])
})

test('a deadline is told as a time of the day, and the offer goes when it has come', async () => {
  vi.useFakeTimers({ now: new Date(2026, 4, 4, 15, 20), toFake: ['Date', 'setTimeout', 'clearTimeout'] })
  await draw({ ...BASE, type: 'content', ends_at_ms: +new Date(2026, 4, 4, 15, 40) })
  expect(words()).toMatch(/Valid until 3:40.PM/)
  const before = words()
  vi.advanceTimersByTime(19 * 60_000)
  expect(words()).toBe(before)
  vi.advanceTimersByTime(60_000)
  expect(isGone()).toBe(true)
  expect(sent.filter(([tag]) => tag === 29 || tag === 31)).toEqual([])
})

test('a deadline of another day names the day, in the words that the shop has for it', async () => {
  vi.useFakeTimers({ now: new Date(2026, 4, 4, 15, 20), toFake: ['Date', 'setTimeout', 'clearTimeout'] })
  const meta = document.createElement('meta')
  meta.name = 'fc:until'
  meta.content = 'Gültig bis {time}'
  document.head.append(meta)
  document.documentElement.lang = 'de'
  await draw({ ...BASE, type: 'content', ends_at_ms: +new Date(2026, 4, 6, 9, 5) })
  document.documentElement.lang = ''
  expect(words()).toContain('Gültig bis 06.05.2026, 09:05')
})

test('an offer whose deadline has passed is not drawn, and says why', async () => {
  await draw({ ...BASE, type: 'content', ends_at_ms: Date.now() - 1 })
  expect(isGone()).toBe(true)
  expect(sent).toEqual([[31, 'd1', 'a1', 'deadline_passed']])
})

test('a deadline that passes while the offer waits is the reason that is told', async () => {
  const input = document.body.appendChild(document.createElement('input'))
  const renderer = await draw({ ...BASE, type: 'nothing' })
  input.dispatchEvent(new Event('input', { bubbles: true }))
  const params = { ...BASE, type: 'content', ends_at_ms: Date.now() + 150 }
  renderer.hear([2, 'd2', stream, 2, 'a2', params, 5000], host)
  await vi.waitFor(() => expect(sent).toContainEqual([31, 'd2', 'a2', 'deadline_passed']))
  expect(isGone()).toBe(true)
})

test('a kill switch takes an open offer down at once, and that is no refusal', async () => {
  const renderer = await draw({ ...BASE, type: 'content', url: 'https://shop.example/guide' })
  await vi.waitFor(() => expect(sent.some(([tag]) => tag === 27)).toBe(true))
  renderer.hear([3, 'd1', 'killed'], host)
  expect(isGone()).toBe(true)
  expect(sent.map(([tag]) => tag)).toEqual([27])
})
