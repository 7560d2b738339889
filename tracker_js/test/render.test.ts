import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Host } from '../src/host'

const sent: unknown[][] = []
const stream = new Uint8Array(14)

let pageType = 'product'
const handlers: [string, (...rest: unknown[]) => void][] = []
const host = {
  emit: (...event: unknown[]) => sent.push(event),
  currentType: () => pageType,
  setting: () => null,
  debug: () => {},
  captured: (id: Uint8Array) => (id.length === 14 && !id[0] ? performance.now() - 40 : undefined),
  handlers,
  visit: () => ['https://fc.example/_fc', 'pk_test', Uint8Array.from({ length: 16 }, (_, i) => i * 17)],
} as unknown as Host

const BASE = { title: 'A title', text: '<b>Not bold</b>', button: 'Yes', decline: 'No, thanks' }
const ACTIONS = [
  { ...BASE, type: 'upsell', url: 'https://shop.example/p', price_minor: 4900, currency: 'EUR' },
  {
    ...BASE,
    type: 'free_shipping',
    honour: { by: 'code', code: 'FREE' },
    threshold_minor: 5000,
    to_go_minor: 1000,
    currency: 'EUR',
  },
  {
    ...BASE,
    type: 'email_capture',
    form_url: 'https://shop.example/n',
    field_name: 'email',
    label: 'E-mail',
    consent: 'Why.',
  },
  { ...BASE, type: 'content', url: 'https://shop.example/guide' },
  { ...BASE, type: 'assistance' },
  { ...BASE, type: 'social_proof', count: 12, hours: 24 },
  { ...BASE, type: 'cross_sell', pick: 'popular', products: [{ title: 'A stand', url: 'https://shop.example/s' }] },
  {
    ...BASE,
    type: 'incentive',
    honour: { by: 'code', code: 'HELLO' },
    terms: 'Terms',
    terms_url: 'https://shop.example/t',
  },
  {
    ...BASE,
    type: 'store_finder',
    url: 'https://shop.example/stores',
    stores: [{ name: 'Harbour', address: '18 Quay' }],
  },
  { ...BASE, type: 'loyalty', url: 'https://shop.example/club', points: 37 },
  { ...BASE, type: 'satisfaction', low: 'Not at all', high: 'Very much', thanks: 'Thanks.' },
]

let clear: (() => void) | undefined
let stop: (() => void) | undefined

afterEach(() => {
  clear?.()
  stop?.()
})

async function draw(params: object, valid = 5000, id = stream) {
  vi.resetModules()
  clear?.()
  stop?.()
  sent.length = 0
  const renderer = await import('../src/render/index')
  clear = renderer.clear
  stop = renderer.start(host)
  renderer.hear([2, 'd1', id, 1, 'a1', structuredClone(params), valid], host)
  // A modal comes with a bundle of its own.
  await vi.dynamicImportSettled()
  return renderer
}

const root = () => document.querySelector('fifthclick-layer')?.shadowRoot as ShadowRoot

beforeEach(() => {
  pageType = 'product'
  document.body.replaceChildren()
})

test.each(ACTIONS)('$type can be closed, is named, and shows its texts as texts', async (params) => {
  await draw(params)
  const section = root().querySelector('section')!
  expect(root().getElementById(section.getAttribute('aria-labelledby')!)?.textContent).toBe('A title')
  expect(root().querySelector('b')).toBeNull()
  expect(section.textContent).toContain('<b>Not bold</b>')
  expect(root().querySelector('[role=status]')).not.toBeNull()
  const close = root().querySelector<HTMLElement>('button.x')!
  expect(close.getAttribute('aria-label')).toBe('No, thanks')
  close.click()
  expect(document.querySelector('fifthclick-layer')).toBeNull()
  expect(sent).toContainEqual([29, 'd1', 'a1'])
})

test.each(ACTIONS)('$type is reported as shown once it is painted, counted from the deciding event', async (params) => {
  await draw(params)
  expect(sent.filter(([tag]) => tag === 27)).toEqual([])
  await vi.waitFor(() => expect(sent.some(([tag]) => tag === 27)).toBe(true))
  const [, decision, action, afterMs] = sent.find(([tag]) => tag === 27)!
  expect([decision, action]).toEqual(['d1', 'a1'])
  expect(afterMs).toBeGreaterThanOrEqual(40)
})

test('a decline is a refusal, and a taken offer that is closed is none', async () => {
  await draw(ACTIONS[3]!)
  root().querySelector<HTMLElement>('.no')?.click()
  expect(sent).toContainEqual([29, 'd1', 'a1'])
  await draw(ACTIONS[1]!)
  root().querySelector<HTMLElement>('.go')?.click()
  root().querySelector<HTMLElement>('.x')?.click()
  expect(sent.map(([tag]) => tag).filter((tag) => tag !== 27)).toEqual([28])
})

test('an offer for another document is not ours', async () => {
  await draw(ACTIONS[0]!, 5000, new Uint8Array(14).fill(1))
  expect(document.querySelector('fifthclick-layer')).toBeNull()
})

test('an offer that a new connection brings again is neither drawn nor reported again', async () => {
  const renderer = await draw(ACTIONS[0]!)
  root().querySelector<HTMLElement>('.x')?.click()
  renderer.hear([2, 'd1', stream, 1, 'a1', structuredClone(ACTIONS[0]), 5000], host)
  expect(document.querySelector('fifthclick-layer')).toBeNull()
  expect(sent.filter(([tag]) => tag === 29)).toHaveLength(1)
  renderer.hear([2, 'd2', stream, 1, 'a1', structuredClone(ACTIONS[0]), 5000], host)
  expect(document.querySelectorAll('fifthclick-layer')).toHaveLength(1)
})

test('a language that no browser knows costs the shop its grouping, not its offer', async () => {
  document.documentElement.lang = 'en_US'
  await draw(ACTIONS[0]!)
  document.documentElement.lang = ''
  expect(root().textContent).toContain('49.00')
})

test('where an offer cannot be drawn nothing is thrown, and the reason is told', async () => {
  vi.stubGlobal('CSSStyleSheet', undefined)
  await draw(ACTIONS[0]!)
  vi.unstubAllGlobals()
  expect(document.querySelector('fifthclick-layer')).toBeNull()
  expect(sent).toEqual([[31, 'd1', 'a1', 'failed']])
})

test('an offer that is taken back before its first frame is not reported as shown, but as withheld', async () => {
  const renderer = await draw({ ...BASE, type: 'nothing' })
  renderer.hear([2, 'd8', stream, 1, 'a1', structuredClone(ACTIONS[0]), 5000], host)
  renderer.hear([3, 'd8', 'gone'], host)
  renderer.hear([2, 'd9', stream, 2, 'a2', structuredClone(ACTIONS[3]), 5000], host)
  await vi.waitFor(() => expect(sent).toContainEqual(expect.arrayContaining([27, 'd9', 'a2'])))
  expect(sent.filter(([, id]) => id === 'd8')).toEqual([[31, 'd8', 'a1', 'gone']])
})

test('an action that this page cannot draw is withheld, with the reason', async () => {
  await draw({ ...BASE, type: 'hologram' })
  expect(sent).toEqual([[31, 'd1', 'a1', 'unknown_action']])
})

test('while a shopper types nothing comes, and what comes too late never comes', async () => {
  const input = document.body.appendChild(document.createElement('input'))
  const renderer = await draw({ ...BASE, type: 'nothing' })
  sent.length = 0
  input.dispatchEvent(new Event('input', { bubbles: true }))
  renderer.hear([2, 'd2', stream, 1, 'a1', structuredClone(ACTIONS[0]), 100], host)
  await vi.waitFor(() => expect(sent).toContainEqual([31, 'd2', 'a1', 'typing']))
  expect(sent.some(([tag, id]) => tag === 27 && id === 'd2')).toBe(false)
  expect(document.querySelector('fifthclick-layer')).toBeNull()
})

test.each(['checkout', 'payment'])('never on a %s page', async (type) => {
  pageType = type
  await draw(ACTIONS[1]!, 100)
  await vi.waitFor(() => expect(sent).toContainEqual([31, 'd1', 'a1', 'payment_step']))
  expect(document.querySelector('fifthclick-layer')).toBeNull()
})

test('one at a time: the second waits, and comes when the first is gone', async () => {
  const renderer = await draw(ACTIONS[0]!)
  renderer.hear([2, 'd2', stream, 2, 'a2', structuredClone(ACTIONS[3]), 5000], host)
  expect(document.querySelectorAll('fifthclick-layer')).toHaveLength(1)
  renderer.hear([3, 'd1', 'gone'], host)
  expect(document.querySelectorAll('fifthclick-layer')).toHaveLength(1)
  await vi.waitFor(() => expect(sent).toContainEqual(expect.arrayContaining([27, 'd2', 'a2'])))
  expect(sent.some(([tag]) => tag === 29)).toBe(false)
})

test('a withdrawn offer that still waits is never drawn, and says why', async () => {
  const renderer = await draw(ACTIONS[0]!)
  renderer.hear([2, 'd2', stream, 2, 'a2', structuredClone(ACTIONS[3]), 5000], host)
  renderer.hear([3, 'd2', 'killed'], host)
  expect(sent).toContainEqual([31, 'd2', 'a2', 'killed'])
  renderer.hear([3, 'd1', 'gone'], host)
  expect(document.querySelector('fifthclick-layer')).toBeNull()
})

test('a form has no box that is ticked before, and no address but http(s)', async () => {
  await draw({ ...ACTIONS[2]!, form_url: 'javascript:alert(1)' })
  expect(root().querySelector('[type=checkbox]')).toBeNull()
  expect(root().querySelector('form')?.getAttribute('action')).toBe('')
  expect(root().querySelector('#why')?.textContent).toBe('Why.')
})
