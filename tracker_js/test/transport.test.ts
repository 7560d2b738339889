import { afterEach, expect, test, vi } from 'vitest'
import { decode } from '../src/codec'
import type { Batch } from '../src/queue'
import { Tag } from '../src/schema'
import { delay } from '../src/transport'
import { fresh } from './support'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
  sessionStorage.clear()
})

/** A page with one event whose every handshake fails, for an hour. `token`: a server has answered this visit before. */
async function anHour(answer: () => Promise<unknown>, token?: Uint8Array) {
  vi.useFakeTimers()
  let handshakes = 0
  vi.stubGlobal(
    'WebSocket',
    class {
      onclose?: (event: { code: number }) => void
      constructor() {
        handshakes++
        setTimeout(() => this.onclose?.({ code: 1006 }), 1)
      }
      close() {}
    },
  )
  const fetched = vi.fn(answer)
  vi.stubGlobal('fetch', fetched)
  await fresh()
  const queue = await import('../src/queue')
  const transport = await import('../src/transport')
  queue.open()
  if (token) queue.cut(queue.current(), [], token)
  queue.add(Tag.Click, ['link'])
  transport.setUp(() => {})
  transport.connect()
  await vi.advanceTimersByTimeAsync(3_600_000)
  return { handshakes: () => handshakes, fetched, queue, transport }
}

test.each([
  ['refuses it', async () => ({ ok: false, status: 403 }), new Uint8Array(1)],
  ['cannot be reached and never was', () => Promise.reject(new TypeError('blocked')), undefined],
])('after three failed handshakes a page gives up where the server %s', async (_how, answer, token) => {
  const page = await anHour(answer, token)
  expect(page.handshakes()).toBeLessThanOrEqual(4)
  const tries = page.fetched.mock.calls.length
  expect(tries).toBeLessThanOrEqual(2)
  page.queue.add(Tag.Click, ['link'])
  page.transport.flush()
  await vi.advanceTimersByTimeAsync(3_600_000)
  expect(page.fetched).toHaveBeenCalledTimes(tries)
  expect(page.queue.current()[5]).toHaveLength(2)
})

test.each([
  ['says later', async () => ({ ok: false, status: 503 }), undefined],
  ['is away and has answered this visit before', () => Promise.reject(new TypeError('away')), new Uint8Array(1)],
])('a page goes on, at most once a minute or so, where the server %s', async (_how, answer, token) => {
  const page = await anHour(answer, token)
  expect(page.handshakes()).toBeGreaterThan(20)
  expect(page.handshakes()).toBeLessThan(400)
})

test('a page that gave up tries again when the network comes back', async () => {
  const page = await anHour(() => Promise.reject(new TypeError('offline')))
  const before = page.handshakes()
  page.transport.connect()
  expect(page.handshakes()).toBe(before + 1)
})

test('over fetch a shopper who clicks on does not make failing requests more frequent', async () => {
  let isUp = true
  // An ack of nothing: frames of msgpack, [[1, [], b""]].
  const frames = new Uint8Array([0x91, 0x93, 1, 0x90, 0xc4, 0]).buffer
  const page = await anHour(async () =>
    isUp ? { ok: true, arrayBuffer: async () => frames } : { ok: false, status: 503 },
  )
  isUp = false
  vi.spyOn(Math, 'random').mockReturnValue(1)
  await vi.advanceTimersByTimeAsync(600_000)
  const before = page.fetched.mock.calls.length
  for (let i = 0; i < 100; i++) {
    page.queue.add(Tag.Click, ['link'])
    page.transport.flush()
    await vi.advanceTimersByTimeAsync(500)
  }
  expect(page.fetched.mock.calls.length - before).toBeLessThanOrEqual(1)
})

test('an answer over fetch that is older than the token held brings no token, and the socket stays', async () => {
  let answer: (value: unknown) => void = () => {}
  const page = await anHour(
    () =>
      new Promise((resolve) => {
        answer = resolve
      }),
  )
  const heard = vi.fn()
  page.transport.setUp(heard)
  const before = page.handshakes()
  // Meanwhile a socket came through, and its ack was heard.
  page.queue.cut(page.queue.current(), [], new Uint8Array([7]))
  const ok = { ok: true, arrayBuffer: async () => new Uint8Array([0x91, 0x93, 1, 0x90, 0xc4, 0]).buffer }
  answer(ok)
  await vi.advanceTimersByTimeAsync(600_000)
  expect(heard).not.toHaveBeenCalled()
  expect(page.handshakes()).toBeGreaterThan(before)
  // The next request is made with the newer token, and its answer counts.
  answer(ok)
  await vi.advanceTimersByTimeAsync(1)
  expect(heard).toHaveBeenCalledTimes(1)
})

test('what goes by beacon is all that waits, each event under the session that it is of', async () => {
  await fresh()
  const queue = await import('../src/queue')
  const transport = await import('../src/transport')
  const sent: Blob[] = []
  vi.stubGlobal('navigator', { sendBeacon: (_url: string, body: Blob) => sent.push(body) > 0 })
  queue.open()
  queue.add(Tag.Click, ['link'])
  queue.begin(null)
  queue.add(Tag.Click, ['button'])
  transport.beacon()
  const bodies = await Promise.all(sent.map(async (body) => decode(new Uint8Array(await body.arrayBuffer()))))
  const told = (bodies as [unknown[], [number, Batch[]]][]).map(([hello, [, [batch]]]) => [hello[3], batch![2][0]![3]])
  expect(told).toEqual([
    [queue.sending()[0], 'link'],
    [queue.current()[0], 'button'],
  ])
})

test('consent that is taken back while a request is under way throws nothing into the page', async () => {
  const thrown = vi.fn()
  process.on('unhandledRejection', thrown)
  let answer: (value: unknown) => void = () => {}
  const page = await anHour(
    () =>
      new Promise((resolve) => {
        answer = resolve
      }),
  )
  page.transport.disconnect()
  page.queue.forget()
  answer({ ok: true, arrayBuffer: async () => new Uint8Array([0x90]).buffer })
  await vi.advanceTimersByTimeAsync(10_000)
  vi.useRealTimers()
  await new Promise((resolve) => setTimeout(resolve, 5))
  process.off('unhandledRejection', thrown)
  expect(thrown).not.toHaveBeenCalled()
})

test('the bound doubles up to a minute, and any time below it may be drawn', () => {
  vi.spyOn(Math, 'random').mockReturnValue(1)
  expect([0, 1, 2, 6, 7, 30].map((n) => delay(1006, n))).toEqual([500, 1000, 2000, 32000, 60000, 60000])
  vi.spyOn(Math, 'random').mockReturnValue(0)
  expect(delay(1006, 9)).toBe(0)
})

test('a restart is tried again within a second, a full server is left alone for longer', () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
  expect(delay(1012, 9)).toBe(500)
  expect(delay(1013, 0)).toBe(30000)
})
