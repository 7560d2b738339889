/** What an offer promises: until when, to how many, and the code that a claim brings. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Host } from '../src/host'

const sent: unknown[][] = []
const told: unknown[][] = []
const stream = new Uint8Array(14)
const host = {
  emit: (...event: unknown[]) => sent.push(event),
  currentType: () => 'product',
  captured: () => performance.now() - 40,
  handlers: [['action', (...rest: unknown[]) => told.push(rest)]],
  visit: () => ['https://fc.example/_fc', 'pk_test', Uint8Array.from({ length: 16 }, (_, i) => i)],
} as unknown as Host

const BASE = { title: 'A title', button: 'Yes', decline: 'No, thanks' }
const POOL = {
  ...BASE,
  type: 'free_shipping',
  honour: { by: 'pool', pool: 'spring', field: '#coupon' },
  claim: 'sealed',
}

async function draw(params: object, valid = 5000) {
  vi.resetModules()
  for (const layer of document.querySelectorAll('fifthclick-layer')) layer.remove()
  const renderer = await import('../src/render/index')
  renderer.hear([2, 'd1', stream, 1, 'a1', structuredClone(params), valid], host)
  return renderer
}

const root = () => document.querySelector('fifthclick-layer')?.shadowRoot as ShadowRoot
const isGone = () => document.querySelector('fifthclick-layer') === null
const words = () => root().querySelector('section')?.textContent
const take = () => root().querySelector<HTMLElement>('.go')!.click()

/** A server that gives these answers, one after another, the last one for ever. */
function answers(...list: [status: number, body?: object][]) {
  const fetched = vi.fn(async (_url: string, _options: RequestInit) => {
    const [status, body] = list.length > 1 ? list.shift()! : list[0]!
    if (!status) throw new TypeError('Failed to fetch')
    return new Response(JSON.stringify(body ?? {}), { status })
  })
  vi.stubGlobal('fetch', fetched)
  return fetched
}

beforeEach(() => {
  sent.length = told.length = 0
  document.body.replaceChildren()
  document.head.replaceChildren()
  sessionStorage.clear()
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
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

test('a code of the visit is claimed at the click, shown, and written into the field of the page', async () => {
  const input = document.body.appendChild(document.createElement('input'))
  input.id = 'coupon'
  const fetched = answers([200, { code: 'SPRING-7F2K', ends_in_ms: null, is_sample: false }])
  await draw(POOL)
  expect(root().querySelector('code')).toBeNull()
  root().querySelector<HTMLElement>('.go')!.focus()
  expect(fetched).not.toHaveBeenCalled()
  take()
  expect(sent).toContainEqual([28, 'd1', 'a1'])
  await vi.waitFor(() => expect(root().querySelector('code')?.textContent).toBe('SPRING-7F2K'))
  expect(input.value).toBe('SPRING-7F2K')
  const [url, options] = fetched.mock.calls[0]!
  expect(url).toBe('https://fc.example/_fc/v1/claims')
  expect(options).toMatchObject({ method: 'POST', credentials: 'omit', keepalive: true })
  expect(options.headers).toBeUndefined()
  expect(JSON.parse(options.body as string)).toEqual({
    site: 'pk_test',
    session: '000102030405060708090a0b0c0d0e0f',
    claim: 'sealed',
  })
  expect(root().querySelector('.row button')).toBeNull()
  expect(root().activeElement).toBe(root().querySelector('code'))
  expect(sent.filter(([tag]) => tag === 28)).toHaveLength(1)
})

test('a code for a product is seen before its page is gone to', async () => {
  answers([200, { code: 'SPRING-7F2K' }])
  await draw({ ...POOL, type: 'upsell', url: `${location.href}#next` })
  take()
  await vi.waitFor(() => expect(root().querySelector('code')).not.toBeNull())
  expect(location.hash).toBe('')
  take()
  expect(location.hash).toBe('#next')
  expect(sent.filter(([tag]) => tag === 28)).toHaveLength(1)
})

test.each([410, 403, 400])('%d says that it is over, and leaves nothing to press', async (status) => {
  const fetched = answers([status])
  await draw(POOL)
  take()
  await vi.waitFor(() => expect(words()).toContain('This offer has ended.'))
  expect(root().querySelector('.go')).toBeNull()
  expect(fetched).toHaveBeenCalledTimes(1)
})

test('409 says that there is no code, and leaves nothing to press', async () => {
  answers([409])
  await draw(POOL)
  take()
  await vi.waitFor(() => expect(words()).toContain('There is no code to be had at the moment.'))
  expect(root().querySelector('.go')).toBeNull()
})

test('a server that is away is asked again, and then the shopper may', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const fetched = answers([503], [0], [429], [503], [200, { code: 'LATE-1' }])
  await draw(POOL)
  take()
  await vi.advanceTimersByTimeAsync(8000)
  expect(fetched).toHaveBeenCalledTimes(4)
  expect(words()).toContain('There is no code to be had at the moment.')
  take()
  await vi.advanceTimersByTimeAsync(100)
  expect(root().querySelector('code')?.textContent).toBe('LATE-1')
  expect(words()).not.toContain('There is no code')
})

test.each([
  [{ by: 'code', code: 'SHIP' }, 1],
  [{ by: 'callback' }, 0],
])('%o is honoured at once, and claimed beside that', async (honour, codes) => {
  const fetched = answers([503])
  await draw({ ...POOL, honour })
  take()
  expect(root()?.querySelectorAll('code').length ?? 0).toBe(codes)
  expect(told).toHaveLength(codes ? 0 : 1)
  await vi.waitFor(() => expect(fetched).toHaveBeenCalled())
})

test('an offer that needs no claim asks for none', async () => {
  const fetched = answers([200])
  await draw({ ...BASE, type: 'free_shipping', honour: { by: 'code', code: 'SHIP' } })
  take()
  await Promise.resolve()
  expect(fetched).not.toHaveBeenCalled()
})

test('a form that was sent brings the code with the thanks', async () => {
  const fetched = answers([200, { code: 'HELLO-1' }])
  await draw({ ...POOL, type: 'email_capture', form_url: 'https://shop.example/n', consent: 'Why.', thanks: 'Thanks.' })
  root()
    .querySelector('form')!
    .dispatchEvent(new Event('submit', { cancelable: true }))
  await vi.waitFor(() => expect(root().querySelector('code')?.textContent).toBe('HELLO-1'))
  expect(words()).toContain('Thanks.')
  expect(fetched.mock.calls.map(([url]) => url)).toEqual(['https://shop.example/n', 'https://fc.example/_fc/v1/claims'])
})

test('a kill switch takes an open offer down at once, and that is no refusal', async () => {
  const renderer = await draw({ ...BASE, type: 'content', url: 'https://shop.example/guide' })
  await vi.waitFor(() => expect(sent.some(([tag]) => tag === 27)).toBe(true))
  renderer.hear([3, 'd1', 'killed'], host)
  expect(isGone()).toBe(true)
  expect(sent.map(([tag]) => tag)).toEqual([27])
})
