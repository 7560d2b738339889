import { expect, test, vi } from 'vitest'

async function gate(consentMode: string | null, signals: Record<string, unknown> = {}) {
  vi.resetModules()
  vi.stubGlobal('navigator', { ...signals })
  const config = await import('../src/config')
  const script = document.createElement('script')
  script.src = 'https://shop.example/_fc/t.js?site=pk_a'
  if (consentMode) script.setAttribute('data-consent', consentMode)
  config.readConfig(script)
  return import('../src/gate')
}

test.each([
  ['auto', {}, true],
  [null, {}, true],
  ['required', {}, false],
  ['tcf', {}, false],
  ['requred', {}, false],
  ['auto', { globalPrivacyControl: true }, false],
  ['auto', { doNotTrack: '1' }, false],
  ['auto', { doNotTrack: '0' }, true],
])('%s with %j: %s', async (mode, signals, expected) => {
  expect((await gate(mode, signals)).isOpen()).toBe(expected)
})

test('an answer opens and closes it, and nonsense changes nothing', async () => {
  const { watch, consent } = await gate('required')
  const seen: boolean[] = []
  watch((isOpen) => seen.push(isOpen))
  for (const word of ['granted', 'maybe', undefined, 'denied']) consent(word)
  expect(seen).toEqual([false, true, false])
})

test('consent does not overrule Global Privacy Control', async () => {
  const { consent, isOpen } = await gate('required', { globalPrivacyControl: true })
  consent('granted')
  expect(isOpen()).toBe(false)
})

test('of several defaults the strictest holds, and an answer ends them all', async () => {
  const { consent, isOpen } = await gate('auto')
  consent('denied', true)
  consent('granted', true)
  expect(isOpen()).toBe(false)
  consent('granted')
  expect(isOpen()).toBe(true)
  consent('denied', true)
  expect(isOpen()).toBe(true)
})

test('a default that waits for an update holds the gate for that long, and no longer', async () => {
  vi.useFakeTimers()
  const { watch, consent } = await gate('auto')
  consent('granted', true, 500)
  const seen: boolean[] = []
  watch((isOpen) => seen.push(isOpen))
  vi.advanceTimersByTime(499)
  expect(seen).toEqual([])
  vi.advanceTimersByTime(1)
  expect(seen).toEqual([true])
  vi.useRealTimers()
})

test('an update that comes while the gate is held decides at once', async () => {
  vi.useFakeTimers()
  const { watch, consent } = await gate('auto')
  consent('granted', true, 500)
  const seen: boolean[] = []
  watch((isOpen) => seen.push(isOpen))
  consent('denied')
  vi.advanceTimersByTime(1000)
  expect(seen).toEqual([false, false])
  vi.useRealTimers()
})

test('only a refusal is to be forgotten, no default and no silence', async () => {
  const { watch, consent } = await gate('required')
  const refused: boolean[] = []
  watch((_, isRefused) => refused.push(isRefused))
  consent('denied', true)
  consent('denied')
  expect(refused).toEqual([false, false, true])
})
