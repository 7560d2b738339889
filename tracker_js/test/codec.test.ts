import * as oracle from '@msgpack/msgpack'
import { describe, expect, test } from 'vitest'
import { decode, encode } from '../src/codec'

/** Seeded, so that a failure comes again. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

function anything(next: () => number, depth = 0): unknown {
  const kind = Math.floor(next() * (depth > 3 ? 6 : 7))
  if (kind === 0) return null
  if (kind === 1) return next() < 0.5
  if (kind === 2) return Math.floor(next() * 2 ** Math.floor(next() * 53))
  if (kind === 3) return -Math.floor(next() * 2 ** Math.floor(next() * 53)) - 1
  if (kind === 4) return 'añ🜁b'.repeat(Math.floor(next() * next() * 400))
  if (kind === 5) return Uint8Array.from({ length: Math.floor(next() * next() * 400) }, () => next() * 256)
  return Array.from({ length: Math.floor(next() * 20) }, () => anything(next, depth + 1))
}

describe('what we write, another codec reads', () => {
  test('over random values', () => {
    const next = random(7)
    for (let i = 0; i < 500; i++) {
      const value = anything(next)
      expect(oracle.decode(encode(value))).toEqual(value)
      expect(decode(encode(value))).toEqual(value)
    }
  })

  test.each([0, 127, 128, 255, 256, 65535, 65536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, -1, -32, -33, -(2 ** 53) + 1])(
    '%d',
    (n) => {
      expect(oracle.decode(encode(n))).toBe(n)
      expect(decode(encode(n))).toBe(n)
    },
  )

  test.each([15, 16, 31, 32, 255, 256, 65535, 65536])('texts, bytes and arrays of length %d', (n) => {
    const value = ['x'.repeat(n), new Uint8Array(n).fill(7), new Array(n).fill(1)]
    expect(oracle.decode(encode(value))).toEqual(value)
    expect(decode(encode(value))).toEqual(value)
  })
})

test('what another codec writes, we read: maps too, as an action has them', () => {
  const value = {
    type: 'free_shipping',
    title: 'Frei ab 50 €',
    threshold_minor: 5000,
    honour: { by: 'code', code: 'X' },
  }
  expect(decode(oracle.encode([2, 'id', new Uint8Array(14), 7, 'a', value, 15000]))).toEqual([
    2,
    'id',
    new Uint8Array(14),
    7,
    'a',
    value,
    15000,
  ])
})

test('positive integers are as short as the oracle writes them', () => {
  for (const n of [1, 200, 300, 70000, 1795358135419]) expect(encode(n).length).toBe(oracle.encode(n).length)
})

test('what is no value of ours is nil, and never a float', () => {
  expect([...encode([undefined, 1.5, Number.NaN, {}])]).toEqual([0x94, 0xc0, 0xc0, 0xc0, 0xc0])
})
