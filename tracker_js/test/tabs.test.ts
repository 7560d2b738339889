import { beforeEach, expect, test, vi } from 'vitest'
import { freshQueue } from './support'

/** Locks as one browser has them: a steal aborts who holds the lock. */
class Locks {
  abort?: (reason: Error) => void
  request(
    _name: string,
    { ifAvailable }: { ifAvailable?: boolean },
    callback: (lock: object | null) => unknown,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      queueMicrotask(() => {
        if (ifAvailable && this.abort) return Promise.resolve(callback(null)).then(resolve, reject)
        this.abort?.(new Error('stolen'))
        this.abort = reject
        return Promise.resolve(callback({})).then(resolve, reject)
      })
    })
  }
}

async function tab(locks: unknown) {
  await freshQueue().then((queue) => queue.open())
  vi.stubGlobal('navigator', { locks })
  const tabs = await import('../src/tabs')
  tabs.meet(() => {})
  return tabs
}

beforeEach(() => {
  vi.stubGlobal(
    'BroadcastChannel',
    class {
      onmessage: unknown
      postMessage() {}
      close() {}
    },
  )
})

const settled = () => new Promise((resolve) => setTimeout(resolve, 5))

test('the tab that comes later leads and knows that it took the lead from another, the first is told', async () => {
  const locks = new Locks()
  const first = await tab(locks)
  const [won, lost] = [vi.fn(), vi.fn()]
  first.lead(won, lost)
  await settled()
  expect([first.isLeading, won.mock.calls, lost.mock.calls.length]).toEqual([true, [[false]], 0])
  const second = await tab(locks)
  const wonLater = vi.fn()
  second.lead(wonLater, () => {})
  await settled()
  expect([first.isLeading, second.isLeading, wonLater.mock.calls]).toEqual([false, true, [[true]]])
  expect(lost).toHaveBeenCalledTimes(1)
})

test('a tab that asks twice has not lost to itself', async () => {
  const tabs = await tab(new Locks())
  const lost = vi.fn()
  tabs.lead(() => {}, lost)
  tabs.lead(() => {}, lost)
  await settled()
  expect([tabs.isLeading, lost.mock.calls.length]).toEqual([true, 0])
})

test('a lock that came while the page could run no callback is asked for again: nobody leads without it', async () => {
  const locks = new Locks()
  const asks = vi.spyOn(locks, 'request')
  // Chromium's answer to a page that is opening a window.
  asks.mockRejectedValueOnce(new Error('The provided callback is no longer runnable.'))
  const first = await tab(locks)
  const [won, lost] = [vi.fn(), vi.fn()]
  first.lead(won, lost)
  await settled()
  expect([first.isLeading, won.mock.calls, !!locks.abort]).toEqual([true, [[false]], true])
  const second = await tab(locks)
  second.lead(
    () => {},
    () => {},
  )
  await settled()
  expect([first.isLeading, second.isLeading, lost.mock.calls.length]).toEqual([false, true, 1])
})

test('a steal that finds no callback is tried again, and the one that is stolen from is still known of', async () => {
  const locks = new Locks()
  const first = await tab(locks)
  first.lead(
    () => {},
    () => {},
  )
  await settled()
  const steals = locks.request.bind(locks)
  let refused = 0
  locks.request = (name, options, callback) =>
    'steal' in options && !refused++ ? Promise.reject(new Error('no longer runnable')) : steals(name, options, callback)
  const second = await tab(locks)
  const won = vi.fn()
  second.lead(won, () => {})
  await settled()
  expect([first.isLeading, second.isLeading, won.mock.calls]).toEqual([false, true, [[true]]])
})

test.each([
  ['there are none', undefined],
  ['the page may take none', { request: () => Promise.reject(new Error('SecurityError')) }],
])('where locks are missing because %s, each tab leads for itself', async (_why, locks) => {
  const tabs = await tab(locks)
  const won = vi.fn()
  tabs.lead(won, () => {})
  await settled()
  expect([tabs.isLeading, won.mock.calls.length]).toEqual([true, 1])
})

test.each([
  [50, 'that has a session', new Uint8Array(1)],
  [200, 'that would have to begin one', null],
])('nobody answers: after %i ms a page %s goes on alone', async (wait, _which, token) => {
  vi.useFakeTimers()
  const tabs = await tab(new Locks())
  const then = vi.fn()
  tabs.ask([new Uint8Array(16), token, 0, null, 0], then)
  vi.advanceTimersByTime(wait - 1)
  expect(then).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(then.mock.calls).toEqual([[false]])
  vi.useRealTimers()
})

test('who asks again waits as long again, and the first question is forgotten; so is all when the page goes', async () => {
  vi.useFakeTimers()
  const tabs = await tab(undefined)
  const queue = await import('../src/queue')
  const [first, second, third] = [vi.fn(), vi.fn(), vi.fn()]
  tabs.ask(queue.session(), first)
  vi.advanceTimersByTime(150)
  tabs.ask(queue.session(), second)
  vi.advanceTimersByTime(199)
  expect(second).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(second.mock.calls).toEqual([[false]])
  tabs.ask(queue.session(), third)
  tabs.part()
  vi.advanceTimersByTime(1000)
  expect([first.mock.calls.length, second.mock.calls.length, third.mock.calls.length]).toEqual([0, 1, 0])
  vi.useRealTimers()
})
