/** A claim at the click: the code that it brings, and what is said where it brings none. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { BASE, draw, reset, root, sent, take, told, words } from './drawn'

const POOL = {
  ...BASE,
  type: 'free_shipping',
  honour: { by: 'pool', pool: 'spring', field: '#coupon' },
  claim: 'sealed',
}

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

beforeEach(reset)

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
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
  await vi.waitFor(() => expect(location.hash).toBe('#next'))
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
  expect(root().querySelectorAll('.no-code')).toHaveLength(1)
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
