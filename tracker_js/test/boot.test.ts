import { expect, test, vi } from 'vitest'
import { encode } from '../src/codec'
import { fresh } from './support'

const KEY = '_fc.pk_test'

/** What another page of this tab leaves: a visit that the server knows. */
const left = (session: Uint8Array) => {
  const bytes = encode([2, [[session, new Uint8Array([1]), Date.now(), null, 3, []]]])
  return String.fromCharCode(...bytes)
}

test('a page that comes back begins when the page that it takes the place of has stored the visit, and goes on with it', async () => {
  sessionStorage.clear()
  await fresh()
  const boot = await import('../src/boot')
  const queue = await import('../src/queue')
  const script = document.createElement('script')
  script.setAttribute('data-site', 'pk_test')
  script.src = 'https://shop.example/_fc/t.js'
  vi.useFakeTimers()
  let isHidden = true
  vi.spyOn(document, 'hidden', 'get').mockImplementation(() => isHidden)
  vi.spyOn(performance, 'getEntriesByName').mockReturnValue([{}] as PerformanceEntryList)
  boot.start(script)
  isHidden = false
  document.dispatchEvent(new Event('visibilitychange'))
  // Chromium shows the page before it tells the other one to go.
  vi.advanceTimersByTime(50)
  const session = new Uint8Array(16).fill(7)
  sessionStorage.setItem(KEY, left(session))
  vi.advanceTimersByTime(50)
  expect(queue.session().slice(0, 2)).toEqual([session, new Uint8Array([1])])
  vi.useRealTimers()
  vi.restoreAllMocks()
})
