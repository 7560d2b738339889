/** One offer drawn in a page of its own, with what the renderer has sent and what the shop's page was told. */

import { afterEach, vi } from 'vitest'
import type { Host } from '../src/host'

export const sent: unknown[][] = []
export const told: unknown[][] = []
export const stream = new Uint8Array(14)
export const host = {
  emit: (...event: unknown[]) => sent.push(event),
  currentType: () => 'product',
  setting: () => null,
  debug: () => {},
  captured: () => performance.now() - 40,
  handlers: [['action', (...rest: unknown[]) => told.push(rest)]],
  visit: () => ['https://fc.example/_fc', 'pk_test', Uint8Array.from({ length: 16 }, (_, i) => i)],
} as unknown as Host

export const BASE = { title: 'A title', button: 'Yes', decline: 'No, thanks' }

let clear: (() => void) | undefined
/** The off switch of what the renderer has begun. */
export let stop: (() => void) | undefined

// What is open looks after itself until it is taken down.
afterEach(() => {
  clear?.()
  stop?.()
})

/** A fresh renderer that was asked to draw this. */
export async function draw(params: object, valid = 5000) {
  vi.resetModules()
  clear?.()
  stop?.()
  const renderer = await import('../src/render/index')
  clear = renderer.clear
  stop = renderer.start(host)
  renderer.hear([2, 'd1', stream, 1, 'a1', structuredClone(params), valid], host)
  // A modal comes with a bundle of its own.
  await vi.dynamicImportSettled()
  return renderer
}

export const root = () => document.querySelector('fifthclick-layer')?.shadowRoot as ShadowRoot
export const isGone = () => document.querySelector('fifthclick-layer') === null
export const words = () => root().querySelector('section')?.textContent
export const take = () => root().querySelector<HTMLElement>('.go')!.click()

/** Nothing is left of the test before. */
export function reset(): void {
  sent.length = told.length = 0
  document.body.replaceChildren()
  document.head.replaceChildren()
  sessionStorage.clear()
}
