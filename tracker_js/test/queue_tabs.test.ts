import { beforeEach, expect, test } from 'vitest'
import type { Entry } from '../src/queue'
import { SESSION_IDLE_MS, Tag } from '../src/schema'
import { freshQueue } from './support'

beforeEach(() => sessionStorage.clear())

const token = new Uint8Array([9, 9])

test('another tab: a session that no server knows is renamed, leftovers are adopted once', async () => {
  const queue = await freshQueue()
  queue.open()
  queue.add(Tag.Click, ['link'])
  const theirs = new Uint8Array(16).fill(5)
  expect(queue.join([theirs, token, Date.now(), null, 3])).toBe(false)
  expect(queue.current().slice(0, 2)).toEqual([theirs, token])
  const left: Entry = [new Uint8Array(14), [17, 4, 1]]
  queue.adopt(queue.session(), [left])
  queue.adopt(queue.session(), [left])
  expect(queue.current()[5].map(([, event]) => event[1])).toEqual([1, 4])
})

test('what is handed over comes before our own, in the order in which it was sent', async () => {
  const queue = await freshQueue()
  queue.open()
  const click = queue.add(Tag.Click, ['link'])
  const scroll = queue.add(Tag.Scroll, [25])
  const theirs = new Uint8Array(14).fill(7)
  queue.adopt(
    queue.session(),
    [
      [theirs, [17, 4, 1]],
      [queue.stream(), click],
      [theirs, [17, 5, 1]],
    ],
    true,
  )
  expect(queue.current()[5].map(([, event]) => event[1])).toEqual([4, 1, 5, 2])
  expect(queue.current()[5].at(-1)![1]).toBe(scroll)
})

test('what another tab hands over goes to the session that it is of, also where we have begun another since', async () => {
  const queue = await freshQueue()
  queue.open()
  queue.add(Tag.Click, ['link'])
  const old = queue.session()
  queue.begin(null)
  const left: Entry = [new Uint8Array(14), [17, 4, 1]]
  queue.adopt(old, [left], true)
  expect(queue.sending()[5].map(([, event]) => event[1])).toEqual([4, 1])
  expect(queue.current()[5]).toEqual([])
  queue.adopt([new Uint8Array(16), null, 0, null, 0], [left])
  expect(queue.visits.flatMap((visit) => visit[5])).toHaveLength(2)
})

test('a session that a server knows is not left for one that a tab made up because nobody answered it', async () => {
  const queue = await freshQueue()
  queue.open()
  const theirs = new Uint8Array(16).fill(5)
  queue.cut(queue.current(), [], token)
  const [own] = queue.current()
  expect(queue.join([theirs, null, Date.now(), null, 0])).toBe(false)
  expect(queue.current()[0]).toEqual(own)
  expect(queue.join([theirs, token, Date.now(), null, 1])).toBe(true)
  expect(queue.current()[0]).toEqual(theirs)
})

test('of two tokens of a session the one of more cuts is kept, whoever tells it last', async () => {
  const queue = await freshQueue()
  queue.open()
  const [id] = queue.session()
  const newer = new Uint8Array([7])
  queue.join([id, newer, Date.now(), null, 5])
  queue.join([id, token, Date.now(), null, 4])
  expect(queue.session()[1]).toEqual(newer)
  queue.cut(queue.current(), [], token)
  expect(queue.session().slice(1)).toEqual([token, expect.any(Number), null, 6])
})

test('a session that has ended is not taken over from a tab that slept through its end', async () => {
  const queue = await freshQueue()
  queue.open()
  const [own] = queue.current()
  const theirs = new Uint8Array(16).fill(5)
  expect(queue.join([theirs, token, Date.now() - SESSION_IDLE_MS - 1, null, 1])).toBe(false)
  expect(queue.current().slice(0, 2)).toEqual([own, null])
  queue.join([theirs, token, Date.now() - SESSION_IDLE_MS + 1000, null, 1])
  expect(queue.current()[0]).toEqual(theirs)
})
