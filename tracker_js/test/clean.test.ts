import { expect, test } from 'vitest'
import { cleanPath, itemId, redact, slug } from '../src/clean'
import { exponent, minor } from '../src/money'
import { PERSONAL } from '../src/schema'

test.each([
  'jane.doe@example.org',
  'jane.doe%40example.org',
  '+49 170 1234567',
  '(030) 123 4567',
  '4111 1111 1111 1111',
  '4111-1111-1111-1111',
])('%s is cut out, wherever it stands', (planted) => {
  for (const clean of [redact, slug, itemId]) {
    expect(clean(`a ${planted} b`)).not.toContain(planted.slice(2, 9))
    expect(clean(`a ${planted} b`)).toContain('redacted')
  }
})

test.each([
  'a@b.co',
  'a%40b.co',
  '+12345678',
  '0012345678',
  '001 2345 67',
  '(12) 345678',
  '030 123456',
  '1234567890123',
])('the shortest that can be personal is seen too: %s', (planted) => {
  expect(RegExp(PERSONAL).test(planted)).toBe(true)
  expect(redact(planted)).toBe('redacted')
})

test.each(['SKU-2041', 'iphone-15-128gb', 'order-20261122', 'a/b:c.d_e'])('%s is a name and stays', (name) => {
  expect(slug(name)).toBe(name)
})

test('a path loses what is personal and keeps the rest', () => {
  expect(cleanPath('/account/jane%40example.org/orders')).toBe('/account/redacted/orders')
  expect(cleanPath('/products/lamp')).toBe('/products/lamp')
})

test('names fit the schema: letters of any language, no spaces, 48 characters', () => {
  expect(slug('Grüner Tee, 100 g')).toBe('Grüner_Tee_100_g')
  expect(slug('x'.repeat(60))).toHaveLength(48)
  expect(slug(undefined)).toBe('')
})

test.each([
  [19.99, 'EUR', 1999],
  ['19.99', 'EUR', 1999],
  [1200, 'JPY', 1200],
  [1.2345, 'KWD', 1235],
  [0, 'EUR', 0],
  [8.2, 'RSD', 820],
])('%s %s is %s minor units', (amount, currency, expected) => {
  expect(minor(amount, currency)).toBe(expected)
})

test.each([undefined, null, '', 'free', -1, Number.NaN, 1e12])('%s is no amount', (amount) => {
  expect(minor(amount, 'EUR')).toBeNull()
})

test('exponents follow ISO 4217', () => {
  expect(['EUR', 'JPY', 'KWD', 'CLP', 'TND'].map((c) => exponent(c))).toEqual([2, 0, 3, 0, 3])
  const whole = 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ')
  const thousandths = 'BHD IQD JOD KWD LYD OMR TND'.split(' ')
  expect(whole.map((c) => exponent(c))).toEqual(whole.map(() => 0))
  expect(thousandths.map((c) => exponent(c))).toEqual(thousandths.map(() => 3))
  const others = Intl.supportedValuesOf('currency').filter((c) => ![...whole, ...thousandths].includes(c))
  expect(others.length).toBeGreaterThan(100)
  expect(others.filter((c) => exponent(c) !== 2)).toEqual([])
})
