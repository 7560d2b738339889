import { expect, test, vi } from 'vitest'
import { delay } from '../src/transport'

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
