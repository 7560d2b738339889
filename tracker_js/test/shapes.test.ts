/** Settings, languages and answers of an offer: what the rules say reaches the page as written. */

import { beforeEach, expect, test, vi } from 'vitest'
import { BASE, draw, host, isGone, reset, root, sent, stop, stream, words } from './drawn'

beforeEach(() => {
  reset()
  document.documentElement.lang = ''
})

const QUESTION = { ...BASE, type: 'satisfaction', low: 'Not at all', high: 'Very much', thanks: 'That helps.' }

test('a question is answered with one tap, and the number is all that leaves', async () => {
  await draw(QUESTION)
  const scale = [...root().querySelectorAll<HTMLElement>('[role=group] button')]
  expect(scale.map((button) => button.getAttribute('aria-label'))).toEqual([
    '1, Not at all',
    '2',
    '3',
    '4',
    '5, Very much',
  ])
  scale[3]!.click()
  expect(sent).toContainEqual([30, 'd1', 'a1', 4])
  expect(words()).toContain('That helps.')
  expect(root().querySelector('[role=group]')).toBeNull()
  root().querySelector<HTMLElement>('.x')!.click()
  expect(isGone()).toBe(true)
  expect(sent.filter(([tag]) => tag === 29 || tag === 30)).toHaveLength(1)
})

// shows: G11
test.each([
  ['pt-BR', 'Olá'],
  ['pt', 'Olá'],
  ['PT-br', 'Olá'],
  ['pt-PT', 'Viva'],
  ['de', 'Hello'],
  ['', 'Hello'],
])('on a page in %o the title is %s', async (lang, title) => {
  document.documentElement.lang = lang
  await draw({ ...BASE, type: 'content', title: 'Hello', texts: { pt: { title: 'Olá' }, 'pt-PT': { title: 'Viva' } } })
  expect(root().querySelector('h2')?.textContent).toBe(title)
  expect(root().querySelector('.go')?.textContent).toBe('Yes')
})

test('the setting of the language comes before that of the page, for texts and for amounts', async () => {
  document.documentElement.lang = 'en'
  const texts = { de: { title: 'Noch {amount}' } }
  const shipping = { ...BASE, type: 'free_shipping', threshold_minor: 5000, to_go_minor: 1250, currency: 'EUR', texts }
  await draw({ ...shipping, look: { locale: 'de' } })
  expect(root().querySelector('h2')?.textContent).toMatch(/^Noch 12,50\s€$/)
})

test('points are written as people write them', async () => {
  await draw({
    ...BASE,
    type: 'loyalty',
    title: '{points} points',
    url: 'https://shop.example/c',
    points: 1250,
    look: { locale: 'en' },
  })
  expect(root().querySelector('h2')?.textContent).toBe('1,250 points')
})

test('products are links of their own, and an address that is none leads nowhere', async () => {
  const products = [
    { title: 'A stand', url: 'https://shop.example/s', price_minor: 4900, currency: 'EUR' },
    { title: 'A trap', url: 'javascript:alert(1)' },
  ]
  await draw({ ...BASE, type: 'cross_sell', pick: 'popular', products })
  expect([...root().querySelectorAll('li a')].map((a) => a.getAttribute('href'))).toEqual([
    'https://shop.example/s',
    '',
  ])
})

test('a list of products without one is not drawn', async () => {
  await draw({ ...BASE, type: 'cross_sell', pick: 'popular', products: [] })
  expect(sent).toEqual([[31, 'd1', 'a1', 'nothing_to_show']])
})

test('a slot that is not there is said once, and the offer is a card', async () => {
  await draw({ ...BASE, type: 'content', url: 'https://shop.example/g', shape: 'inline', slot: 'beside' })
  expect(sent).toContainEqual([32, 'fc_setting_ignored', undefined, 'slot'])
  await vi.waitFor(() => expect(sent.find(([tag]) => tag === 27)?.[4]).toBe('card'))
})

test('a slot takes the offer in, and the exposure says which', async () => {
  const slot = document.body.appendChild(document.createElement('div'))
  slot.dataset.fcSlot = 'beside'
  await draw({ ...BASE, type: 'content', url: 'https://shop.example/g', shape: 'inline', slot: 'beside' })
  expect(slot.querySelector('fifthclick-layer')).not.toBeNull()
  await vi.waitFor(() => expect(sent.find(([tag]) => tag === 27)?.[4]).toBe('inline:beside'))
  expect(sent.some(([tag]) => tag === 32)).toBe(false)
})

// shows: G8
test('a slot whose content the shop throws away takes its offer along, nothing is thrown, and the next one comes', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const slot = document.body.appendChild(document.createElement('div'))
  slot.dataset.fcSlot = 'beside'
  const params = { ...BASE, type: 'content', url: 'https://shop.example/g', shape: 'inline', slot: 'beside' }
  const renderer = await draw(params)
  slot.replaceChildren()
  vi.advanceTimersByTime(1000)
  expect(isGone()).toBe(true)
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
  renderer.hear([2, 'd2', stream, 2, 'a2', params, 5000], host)
  await vi.waitFor(() => expect(sent).toContainEqual(expect.arrayContaining([27, 'd2', 'a2'])))
})

test('a form that was sent thanks where it stood, and the focus is not lost', async () => {
  vi.stubGlobal(
    'fetch',
    vi.fn(async () => ({ ok: true, type: 'basic' })),
  )
  const letter = { form_url: 'https://shop.example/n', field_name: 'email', label: 'E-mail', consent: 'Why.' }
  await draw({ ...BASE, ...letter, type: 'email_capture', text: 'Once a month.', thanks: 'Good to have you.' })
  await vi.waitFor(() => expect(sent.some(([tag]) => tag === 27)).toBe(true))
  root()
    .querySelector('form')!
    .dispatchEvent(new Event('submit', { cancelable: true }))
  await vi.waitFor(() => expect(words()).toContain('Good to have you.'))
  vi.unstubAllGlobals()
  expect(words()).not.toContain('Once a month.')
  expect(root().querySelector('input')).toBeNull()
  expect(root().activeElement?.textContent).toBe('Good to have you.')
  expect(root().querySelector('[role=status]')?.textContent).toBe('Good to have you.')
})

test('what could not be drawn is taken down whole: no timer of it goes on', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  vi.stubGlobal('CSSStyleSheet', undefined)
  await draw({ ...BASE, type: 'content', url: 'https://shop.example/g' })
  vi.unstubAllGlobals()
  expect(sent).toEqual([[31, 'd1', 'a1', 'failed']])
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

test('switched off it notices no key any more', async () => {
  const input = document.body.appendChild(document.createElement('input'))
  const type = () => input.dispatchEvent(new Event('input', { bubbles: true }))
  const renderer = await draw({ ...BASE, type: 'nothing' })
  stop!()
  type()
  renderer.hear([2, 'd2', stream, 2, 'a2', { ...BASE, type: 'content' }, 5000], host)
  expect(isGone()).toBe(false)
  renderer.hear([3, 'd2', 'gone'], host)
  renderer.start(host)
  type()
  renderer.hear([2, 'd3', stream, 3, 'a2', { ...BASE, type: 'content' }, 5000], host)
  expect(isGone()).toBe(true)
})
