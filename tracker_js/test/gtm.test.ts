import { readFileSync } from 'node:fs'
import { runInNewContext } from 'node:vm'
import { expect, test, vi } from 'vitest'

/** The template for Google Tag Manager: its parts as GTM splits them, and its code with GTM's functions played. */

const text = readFileSync('../deploy/gtm/template.tpl', 'utf8')
const parts = Object.fromEntries(
  [...text.matchAll(/^___(\w+)___\n\n([\s\S]*?)(?=\n\n\n___|\s*$(?![\s\S]))/gm)].map(([, name, body]) => [
    name!,
    body!,
  ]),
)
const json = (name: string) => JSON.parse(parts[name]!)
const code = parts.SANDBOXED_JS_FOR_WEB_TEMPLATE!

interface Permission {
  instance: { key: { publicId: string }; param: { value: { listItem: Item[] } }[] }
}
interface Item {
  string: string
  mapKey: { string: string }[]
  mapValue: { string?: string; boolean?: boolean }[]
}
const permissions = json('WEB_PERMISSIONS') as Permission[]
const listOf = (id: string) =>
  permissions.find(({ instance }) => instance.key.publicId === id)!.instance.param[0]!.value.listItem

/** Which permission each of GTM's functions asks for (developers.google.com/tag-platform/tag-manager/templates/api). */
const NEEDS: Record<string, string | undefined> = {
  injectScript: 'inject_script',
  callInWindow: 'access_globals',
  createArgumentsQueue: 'access_globals',
  isConsentGranted: 'access_consent',
  addConsentListener: 'access_consent',
  encodeUriComponent: undefined,
  makeNumber: undefined,
}

type Listener = (storage: string, isGranted: boolean) => void

/** The tag fires with these settings. `granted`: what consent mode says now. */
function fire(settings: object, granted = false) {
  const listeners: Listener[] = []
  const api = {
    injectScript: vi.fn((_url: string, done: () => void) => done()),
    callInWindow: vi.fn(),
    createArgumentsQueue: vi.fn(),
    isConsentGranted: vi.fn(() => granted),
    addConsentListener: vi.fn((_storage: string, listener: Listener) => listeners.push(listener)),
    encodeUriComponent: encodeURIComponent,
    makeNumber: Number,
  }
  const data = { gtmOnSuccess: vi.fn(), gtmOnFailure: vi.fn(), ...settings }
  // GTM runs it as the body of a function, with nothing of the page's in reach.
  runInNewContext(`(function () { ${code} })()`, { require: (name: keyof typeof api) => api[name], data })
  return { api, data, listeners }
}

const LOAD = { what: 'load', place: 'https://fc.example.com/_fc', site: 'pk_1', consent: 'google' }

// shows: A1
test('the template loads the tracker once with everything in its address, since attributes would be lost', () => {
  const { api, data } = fire({ ...LOAD, currency: 'EUR' })
  const [url, , , token] = api.injectScript.mock.calls[0] as unknown as string[]
  const address = new URL(url!)
  expect(address.origin + address.pathname).toBe('https://fc.example.com/_fc/t.js')
  expect(Object.fromEntries(address.searchParams)).toEqual({
    site: 'pk_1',
    host: 'https://fc.example.com/_fc',
    consent: 'required',
    currency: 'EUR',
  })
  expect(token).toBe('fifthclick')
  expect(data.gtmOnSuccess).toHaveBeenCalledOnce()
  expect(data.gtmOnFailure).not.toHaveBeenCalled()
})

// shows: B3
test("Google's consent is told as it is and as it changes, and nothing is told before there is an answer", () => {
  const undecided = fire(LOAD)
  expect(undecided.api.callInWindow).not.toHaveBeenCalled()
  for (const isGranted of [true, false]) undecided.listeners[0]!('analytics_storage', isGranted)
  expect(undecided.api.callInWindow.mock.calls).toEqual([
    ['fifthclick', 'consent', 'granted'],
    ['fifthclick', 'consent', 'denied'],
  ])
  expect(fire(LOAD, true).api.callInWindow).toHaveBeenCalledWith('fifthclick', 'consent', 'granted')
  const platform = fire({ ...LOAD, consent: 'tcf' })
  expect(platform.api.addConsentListener).not.toHaveBeenCalled()
  expect(platform.api.injectScript.mock.calls[0]![0]).toContain('consent=tcf')
})

test('an event of the shop is reported and loads nothing', () => {
  const { api, data } = fire({ what: 'track', event: 'size_chart', label: 'shoes', amount: '3' })
  expect(api.callInWindow.mock.calls).toEqual([['fifthclick', 'track', 'size_chart', { label: 'shoes', amount: 3 }]])
  expect(api.injectScript).not.toHaveBeenCalled()
  expect(data.gtmOnSuccess).toHaveBeenCalledOnce()
  expect(fire({ what: 'track', event: 'bare' }).api.callInWindow).toHaveBeenCalledWith(
    'fifthclick',
    'track',
    'bare',
    {},
  )
})

test('every function of GTM that it asks for has its permission, and it has no other', () => {
  const asked = [...code.matchAll(/require\('(\w+)'\)/g)].map(([, name]) => name!)
  expect(asked.filter((name) => !(name in NEEDS))).toEqual([])
  const needed = new Set(asked.map((name) => NEEDS[name]).filter(Boolean))
  expect(new Set(permissions.map(({ instance }) => instance.key.publicId))).toEqual(needed)
  const globals = listOf('access_globals').map(({ mapKey, mapValue }) =>
    Object.fromEntries(mapKey.map(({ string }, i) => [string, mapValue[i]!.string ?? mapValue[i]!.boolean])),
  )
  expect(globals).toEqual([
    { key: 'fifthclick', read: true, write: true, execute: true },
    { key: 'fifthclick.q', read: true, write: true, execute: false },
  ])
  expect(listOf('inject_script').map(({ string }) => string)).toEqual(['https://fc.example.com/*'])
  for (const word of ['document', 'window', 'eval', 'fetch']) expect(code).not.toMatch(new RegExp(`\\b${word}\\b`))
})

test('its parts are those that GTM imports, and every setting of its code is a field', () => {
  expect(Object.keys(parts)).toEqual([
    'TERMS_OF_SERVICE',
    'INFO',
    'TEMPLATE_PARAMETERS',
    'SANDBOXED_JS_FOR_WEB_TEMPLATE',
    'WEB_PERMISSIONS',
    'TESTS',
    'NOTES',
  ])
  expect(json('INFO')).toMatchObject({ type: 'TAG', containerContexts: ['WEB'] })
  const fields = (json('TEMPLATE_PARAMETERS') as { name: string }[]).map(({ name }) => name)
  const used = new Set([...code.matchAll(/\bdata\.(\w+)/g)].map(([, name]) => name!))
  expect([...used].filter((name) => !name.startsWith('gtm')).sort()).toEqual([...fields].sort())
  expect(parts.TESTS).toMatch(/^scenarios:\n- name: /)
})
