/** Small things that every part needs. What may fail in the shop's page is wrapped here, once. */

/** Switches something off that was switched on. */
export type Stop = () => void

let debugging = false

/** `fifthclick('debug')`: say on the console what is captured, and what failed. */
export function debug(...words: unknown[]): void {
  if (debugging) console.debug('fifthclick', ...words)
}

export function startDebugging(): void {
  debugging = true
}

/** The same function, which never throws into the shop's page. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the wrapped function takes
export function safe<A extends any[]>(fn: (...args: A) => void): (...args: A) => void {
  return (...args) => {
    try {
      fn(...args)
    } catch (error) {
      debug(error)
    }
  }
}

/** Listen passively, before the page's own handlers. */
export function listen<E extends Event>(target: EventTarget, type: string, handler: (event: E) => void): Stop {
  const wrapped = safe(handler) as (event: Event) => void
  const options = { capture: true, passive: true }
  target.addEventListener(type, wrapped, options)
  return () => target.removeEventListener(type, wrapped, options)
}

/** Call later; the returned function forgets it. */
export function later(fn: () => void, ms: number): Stop {
  const timer = setTimeout(safe(fn), ms)
  return () => clearTimeout(timer)
}

/** When the page has nothing better to do, within two seconds. */
export function whenIdle(fn: () => void): void {
  // Safari has no requestIdleCallback.
  if (typeof requestIdleCallback === 'function') requestIdleCallback(safe(fn), { timeout: 2000 })
  else later(fn, 200)
}

export function randomBytes(n: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(n))
}

export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return `${a}` === `${b}`
}
