import { beforeEach, expect, test, vi } from 'vitest'
import { start } from '../src/tcf'

type Hear = (answer: Record<string, unknown>, isGood: boolean) => void

const page = window as unknown as { __tcfapi?: (...call: unknown[]) => void }
const ALL = { 1: true, 5: true, 6: true, 8: true }
let calls: unknown[][]
let hear: Hear

beforeEach(() => {
  calls = []
  page.__tcfapi = (...call) => {
    calls.push(call)
    if (call[0] === 'addEventListener') hear = call[2] as Hear
  }
})

function asked(purposes: string | null = null) {
  const said: string[] = []
  const stop = start((word) => said.push(word), purposes)
  return { said, stop }
}

const answer = (eventStatus: string, consents: object, more: object = {}) => ({
  eventStatus,
  purpose: { consents },
  listenerId: 7,
  ...more,
})

test('it asks with version 2 and acts on an answer, not on the question', () => {
  const { said } = asked()
  expect(calls[0]?.slice(0, 2)).toEqual(['addEventListener', 2])
  hear(answer('cmpuishown', ALL), true)
  expect(said).toEqual([])
  hear(answer('useractioncomplete', ALL), true)
  hear(answer('useractioncomplete', { ...ALL, 8: false }), true)
  hear(answer('tcloaded', ALL), true)
  expect(said).toEqual(['granted', 'denied', 'granted'])
})

test('one purpose that is missing is a no, and so is an answer that failed', () => {
  const { said } = asked()
  hear(answer('tcloaded', { 1: true, 5: true, 6: true }), true)
  hear(answer('tcloaded', ALL), false)
  hear({ eventStatus: 'tcloaded' }, true)
  expect(said).toEqual(['denied', 'denied'])
})

test('the shop may name the purposes', () => {
  const { said } = asked('1, 8')
  hear(answer('tcloaded', { 1: true, 8: true }), true)
  hear(answer('tcloaded', { 1: true, 5: true }), true)
  expect(said).toEqual(['granted', 'denied'])
})

test('where the law does not apply nobody has to be asked', () => {
  const { said } = asked()
  hear(answer('tcloaded', {}, { gdprApplies: false }), true)
  expect(said).toEqual(['granted'])
})

test('a platform that comes late is asked then, and one that never comes agrees to nothing', () => {
  vi.useFakeTimers()
  const late = page.__tcfapi
  page.__tcfapi = undefined
  const { said } = asked()
  vi.advanceTimersByTime(1000)
  expect(calls).toEqual([])
  page.__tcfapi = late
  vi.advanceTimersByTime(1000)
  expect(calls).toHaveLength(1)
  expect(said).toEqual([])
  page.__tcfapi = undefined
  const { stop } = asked()
  vi.advanceTimersByTime(60_000)
  expect(vi.getTimerCount()).toBe(0)
  stop()
  vi.useRealTimers()
})

test('switched off it takes its listener back', () => {
  const { stop } = asked()
  hear(answer('tcloaded', ALL), true)
  stop()
  expect(calls.at(-1)).toEqual(['removeEventListener', 2, expect.any(Function), 7])
})
