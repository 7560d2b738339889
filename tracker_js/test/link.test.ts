import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Tag } from '../src/schema'
import { freshQueue } from './support'

const KEY = '_fc.pk_test'

class Socket {
  close() {}
}

async function begun() {
  const queue = await freshQueue()
  const link = await import('../src/link')
  link.start(() => {})
  return { queue, link }
}

beforeEach(() => {
  vi.useFakeTimers()
  sessionStorage.clear()
  vi.stubGlobal('WebSocket', Socket)
  vi.stubGlobal('BroadcastChannel', undefined)
})

afterEach(() => {
  vi.useRealTimers()
})

test('what is captured is written once a second, however much it is, and not before', async () => {
  const { link } = await begun()
  const written = vi.spyOn(Storage.prototype, 'setItem')
  for (const percent of [25, 50, 75]) link.emit(Tag.Scroll, percent)
  vi.advanceTimersByTime(999)
  expect(written).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(written.mock.calls.map(([key]) => key)).toEqual([KEY])
  vi.advanceTimersByTime(5000)
  expect(written).toHaveBeenCalledTimes(1)
  written.mockRestore()
})

test('a page that goes has written everything before it is gone', async () => {
  const { queue, link } = await begun()
  vi.stubGlobal('navigator', { sendBeacon: () => true })
  const follow = await import('../src/util').then((util) => util.collect(() => link.follow(() => {})))
  link.emit(Tag.Click, 'link')
  expect(sessionStorage.getItem(KEY)).toBeNull()
  window.dispatchEvent(new Event('pagehide'))
  follow()
  const [session] = queue.current()
  const next = await freshQueue()
  next.open()
  expect(next.current()[0]).toEqual(session)
  expect(next.current()[5].map(([, event]) => event[0])).toEqual([Tag.Click])
})

test('consent that is taken back writes nothing more, whatever waited', async () => {
  const { link } = await begun()
  link.emit(Tag.Click, 'link')
  link.close()
  vi.advanceTimersByTime(5000)
  expect(sessionStorage.getItem(KEY)).toBeNull()
})

test('consent that comes, goes and comes within the first second begins once, when the tabs were asked again', async () => {
  const requested = vi.fn(() => new Promise(() => {}))
  vi.stubGlobal('navigator', { locks: { request: requested } })
  vi.stubGlobal(
    'BroadcastChannel',
    class extends Socket {
      postMessage() {}
    },
  )
  const { link } = await begun()
  // Asked, and waiting for the page's rest.
  await vi.advanceTimersByTimeAsync(201)
  link.close()
  link.start(() => {})
  await vi.advanceTimersByTimeAsync(4000)
  expect(requested).toHaveBeenCalledTimes(1)
})
