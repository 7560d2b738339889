import { beforeEach, expect, test, vi } from 'vitest'
import { encode } from '../src/codec'
import { SESSION_IDLE_MS, Tag } from '../src/schema'
import { fresh, freshQueue } from './support'

beforeEach(() => {
  sessionStorage.clear()
  vi.useRealTimers()
})

const token = new Uint8Array([9, 9])

test('events count from one, and what an ack covers goes with the token that stands for it', async () => {
  const queue = await freshQueue()
  queue.open()
  for (const mark of [25, 50, 75]) queue.add(Tag.Scroll, [mark])
  queue.cut(queue.sending(), [[queue.stream(), 2]], token)
  const [, kept, , , batches] = queue.current()
  expect(kept).toEqual(token)
  expect(batches.map(([, covered, events]) => [covered, events.map((e) => e[1])])).toEqual([[2, [3]]])
  expect(queue.add(Tag.Scroll, [90])[1]).toBe(4)
})

test('the next page takes up token and leftovers as one value, under a stream of its own', async () => {
  const before = await freshQueue()
  before.open()
  before.add(Tag.Click, ['link'])
  before.cut(before.sending(), [], token)
  const [session] = before.current()
  const after = await freshQueue()
  after.open()
  expect(after.current().slice(0, 2)).toEqual([session, token])
  expect(after.current()[4].map(([id, , events]) => [`${id}` === `${before.stream()}`, events.length])).toEqual([
    [true, 1],
    [false, 0],
  ])
})

test('an ack for another stream takes nothing away', async () => {
  const queue = await freshQueue()
  queue.open()
  queue.add(Tag.Scroll, [25])
  queue.cut(queue.sending(), [[new Uint8Array(14), 9]], token)
  expect(queue.current()[4][0]?.[2]).toHaveLength(1)
})

test('a full queue drops the oldest and says so by what it covers', async () => {
  const queue = await freshQueue()
  queue.open()
  for (let i = 0; i < 510; i++) queue.add(Tag.Scroll, [25])
  const [, covered, events] = queue.current()[4][0]!
  expect([covered, events.length, events[0]?.[1]]).toEqual([10, 500, 11])
})

test('what is stored stays below 256 kB', async () => {
  const queue = await freshQueue()
  queue.open()
  for (let i = 0; i < 400; i++) queue.add(Tag.PageView, ['product', 'p'.repeat(900)])
  queue.save()
  const stored = sessionStorage.getItem('_fc.pk_test')!
  expect(stored.length).toBeLessThanOrEqual(262144)
  expect(queue.current()[4][0]![1]).toBeGreaterThan(0)
})

test('thirty minutes of silence end a session; its leftovers are sent first, under its own name', async () => {
  vi.useFakeTimers({ now: Date.now() })
  const before = await freshQueue()
  before.open()
  before.add(Tag.Click, ['link'])
  before.save()
  const [old] = before.current()
  vi.setSystemTime(Date.now() + SESSION_IDLE_MS + 1)
  const after = await freshQueue()
  after.open()
  after.add(Tag.Click, ['link'])
  expect(after.sending()[0]).toEqual(old)
  expect(after.current()[0]).not.toEqual(old)
  expect(after.current()[1]).toBeNull()
  after.cut(after.sending(), [[before.stream(), 1]], token)
  expect(after.sending()).toBe(after.current())
})

test('a session within thirty minutes goes on', async () => {
  vi.useFakeTimers({ now: Date.now() })
  const before = await freshQueue()
  before.open()
  before.save()
  vi.setSystemTime(Date.now() + SESSION_IDLE_MS - 1)
  const after = await freshQueue()
  after.open()
  expect(after.current()[0]).toEqual(before.current()[0])
})

test('parts hold every event once, in frames that a server takes', async () => {
  const queue = await freshQueue()
  queue.open()
  for (let i = 0; i < 300; i++) queue.add(Tag.PageView, ['product', 'p'.repeat(500)])
  const given = new WeakMap()
  const parts = queue.parts(queue.current()[4], given)
  expect(parts.length).toBeGreaterThan(1)
  expect(parts.every((part) => encode([2, [part]]).length < 60000)).toBe(true)
  expect(parts.flatMap(([, , events]) => events.map((e) => e[1]))).toEqual(Array.from({ length: 300 }, (_, i) => i + 1))
  expect(queue.parts(queue.current()[4], given)).toEqual([])
  queue.add(Tag.Scroll, [25])
  expect(queue.parts(queue.current()[4], given).map(([, , events]) => events.length)).toEqual([1])
})

test('trailing fields without content stay at home, zeros do not', async () => {
  const queue = await freshQueue()
  queue.open()
  expect(queue.add(Tag.Click, ['link', '']).slice(3)).toEqual(['link'])
  expect(queue.add(Tag.TabVisible, [0]).slice(3)).toEqual([0])
})

test('a median event frame is small', async () => {
  const queue = await freshQueue()
  queue.open()
  queue.add(Tag.Click, ['link'])
  expect(encode([2, queue.parts(queue.current()[4])]).length).toBeLessThanOrEqual(60)
})

test('another tab: a session that no server knows is renamed, leftovers are adopted once', async () => {
  const queue = await freshQueue()
  queue.open()
  queue.add(Tag.Click, ['link'])
  const theirs = new Uint8Array(16).fill(5)
  expect(queue.join([theirs, token, Date.now(), null])).toBe(false)
  expect(queue.current().slice(0, 2)).toEqual([theirs, token])
  const left: [Uint8Array, number, unknown[][]] = [new Uint8Array(14), 3, [[17, 4, 1]]]
  queue.adopt([left])
  queue.adopt([left])
  expect(queue.current()[4]).toHaveLength(2)
})

test('a session that has ended is not taken over from a tab that slept through its end', async () => {
  const queue = await freshQueue()
  queue.open()
  const [own] = queue.current()
  const theirs = new Uint8Array(16).fill(5)
  expect(queue.join([theirs, token, Date.now() - SESSION_IDLE_MS - 1, null])).toBe(false)
  expect(queue.current().slice(0, 2)).toEqual([own, null])
  queue.join([theirs, token, Date.now() - SESSION_IDLE_MS + 1000, null])
  expect(queue.current()[0]).toEqual(theirs)
})

test('once consent is gone no answer finds the event that it is about', async () => {
  const queue = await freshQueue()
  queue.open()
  queue.add(Tag.Click, ['link'])
  expect(queue.captured(queue.stream(), 1)).toBeDefined()
  queue.forget()
  expect(queue.captured(queue.stream(), 1)).toBeUndefined()
})

test('damaged or missing storage is a new session and no error', async () => {
  sessionStorage.setItem('_fc.pk_test', 'not ours')
  const queue = await freshQueue()
  queue.open()
  expect(queue.add(Tag.Click, ['link'])[1]).toBe(1)
  vi.stubGlobal('sessionStorage', undefined)
  expect(() => queue.save()).not.toThrow()
})

test('a preview that asks for another arm is a session of its own', async () => {
  const before = await freshQueue()
  before.open()
  before.save()
  history.replaceState({}, '', '/?fc_arm=holdout')
  await fresh()
  const after = await import('../src/queue')
  after.open()
  history.replaceState({}, '', '/')
  expect(after.current()[3]).toBe('holdout')
  expect(after.current()[0]).not.toEqual(before.current()[0])
})
