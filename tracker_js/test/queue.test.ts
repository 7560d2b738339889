import { beforeEach, expect, test, vi } from 'vitest'
import { encode } from '../src/codec'
import type { Batch, Entry } from '../src/queue'
import { SESSION_IDLE_MS, Tag } from '../src/schema'
import { fresh, freshQueue } from './support'

beforeEach(() => {
  sessionStorage.clear()
  vi.useRealTimers()
})

const token = new Uint8Array([9, 9])
const batchSeqs = ([, covered, events]: Batch) => [covered, events.map((event) => event[1])]

test('events count from one, and what an ack covers goes with the token that stands for it', async () => {
  const queue = await freshQueue()
  queue.open()
  for (const mark of [25, 50, 75]) queue.add(Tag.Scroll, [mark])
  queue.cut(queue.sending(), [[queue.stream(), 2]], token)
  const [, kept, , , cuts, entries] = queue.current()
  expect([kept, cuts]).toEqual([token, 1])
  expect(queue.frames(entries).map((frame) => frame.map(batchSeqs))).toEqual([[[2, [3]]]])
  expect(queue.add(Tag.Scroll, [90])[1]).toBe(4)
})

test('the next page takes up token and leftovers as one value, under a stream of its own', async () => {
  const before = await freshQueue()
  before.open()
  before.add(Tag.Click, ['link'])
  before.cut(before.sending(), [], token)
  before.save()
  const [session] = before.current()
  const after = await freshQueue()
  after.open()
  expect(after.current().slice(0, 2)).toEqual([session, token])
  after.add(Tag.Scroll, [25])
  expect(after.current()[5].map(([id, event]) => [`${id}` === `${before.stream()}`, event[1]])).toEqual([
    [true, 1],
    [false, 1],
  ])
})

test('an ack for another stream takes nothing away', async () => {
  const queue = await freshQueue()
  queue.open()
  queue.add(Tag.Scroll, [25])
  queue.cut(queue.sending(), [[new Uint8Array(14), 9]], token)
  expect(queue.current()[5]).toHaveLength(1)
})

test('a full queue drops the oldest and says so by what it covers', async () => {
  const queue = await freshQueue()
  queue.open()
  for (let i = 0; i < 510; i++) queue.add(Tag.Scroll, [25])
  const [, covered, events] = queue.frames(queue.current()[5])[0]![0]!
  expect([covered, events.length, events[0]?.[1]]).toEqual([10, 500, 11])
})

test('what is taken over from another tab leaves no more than 500 waiting, the newest ones', async () => {
  const queue = await freshQueue()
  queue.open()
  for (let i = 0; i < 400; i++) queue.add(Tag.Scroll, [25])
  const theirs = new Uint8Array(14)
  const entries = Array.from({ length: 200 }, (_, i): Entry => [theirs, [Tag.Scroll, i + 1, 0, 25]])
  queue.adopt(queue.session(), entries, true)
  const kept = queue.current()[5]
  expect(kept).toHaveLength(500)
  expect(kept[0]![1][1]).toBe(101)
  expect(kept.at(-1)![1][1]).toBe(400)
})

test('what is stored stays below 256 kB', async () => {
  const queue = await freshQueue()
  queue.open()
  for (let i = 0; i < 400; i++) queue.add(Tag.PageView, ['product', 'p'.repeat(900)])
  queue.save()
  const stored = sessionStorage.getItem('_fc.pk_test')!
  expect(stored.length).toBeLessThanOrEqual(262144)
  expect(queue.current()[5][0]![1][1]).toBeGreaterThan(1)
  const next = await freshQueue()
  next.open()
  expect(next.current()[5]).toEqual(queue.current()[5])
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

test('frames hold every event once, as large as a server takes them', async () => {
  const queue = await freshQueue()
  queue.open()
  for (let i = 0; i < 300; i++) queue.add(Tag.PageView, ['product', 'p'.repeat(500)])
  const given = new WeakSet<Entry>()
  const seqs = (frames: Batch[][]) => frames.flat().flatMap(([, , events]) => events.map((event) => event[1]))
  const frames = queue.frames(queue.current()[5], given)
  expect(frames.length).toBeGreaterThan(1)
  expect(frames.every((batches) => encode([2, batches]).length < 60000)).toBe(true)
  expect(seqs(frames)).toEqual(Array.from({ length: 300 }, (_, i) => i + 1))
  expect(queue.frames(queue.current()[5], given)).toEqual([])
  queue.add(Tag.Scroll, [25])
  expect(seqs(queue.frames(queue.current()[5], given))).toEqual([301])
})

test('what several tabs sent by turns is sent again in the same order, sixteen batches to a frame', async () => {
  const queue = await freshQueue()
  queue.open()
  const other = new Uint8Array(14).fill(7)
  for (let i = 0; i < 20; i++) {
    queue.add(Tag.Scroll, [25])
    queue.adopt(queue.session(), [[other, [17, i + 5, 1]]])
  }
  queue.save()
  const after = await freshQueue()
  after.open()
  const frames = after.frames(after.current()[5])
  expect(frames.map((batches) => batches.length)).toEqual([15, 15, 10])
  expect(frames.flat().slice(0, 4).map(batchSeqs)).toEqual([
    [0, [1]],
    [4, [5]],
    [0, [2]],
    [4, [6]],
  ])
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
  expect(encode([2, queue.frames(queue.current()[5])[0]]).length).toBeLessThanOrEqual(60)
})

test('a page knows that consent was refused on another page of its tab by what is gone from storage', async () => {
  const queue = await freshQueue()
  queue.open()
  expect(queue.isRefused()).toBe(false)
  queue.save()
  expect(queue.isRefused()).toBe(false)
  sessionStorage.clear()
  expect(queue.isRefused()).toBe(true)
  queue.forget()
  expect(queue.isRefused()).toBe(false)
})

test('where nothing could be stored nothing is missing from storage', async () => {
  const queue = await freshQueue()
  queue.open()
  vi.stubGlobal('sessionStorage', {
    getItem: () => null,
    setItem: () => {
      throw new Error('full')
    },
  })
  queue.save()
  expect(queue.isRefused()).toBe(false)
  vi.unstubAllGlobals()
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
