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
