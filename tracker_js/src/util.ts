/** Small things that every part needs. What may fail in the shop's page is wrapped here, once. */

/** Switches something off that was switched on. */
export type Stop = () => void

let stops: Stop[] = []
let log: ((...words: unknown[]) => void) | undefined

/** `fifthclick('debug')`: say on the console what is captured, and what failed. */
export const startDebugging = () => {
  log = console.log
}

export const debug = (...words: unknown[]) => log?.('fifthclick', ...words)

/** Milliseconds since the page began, whole ones. */
export const now = () => Math.round(performance.now())

export const isVisible = () => !document.hidden

/** The same function, which never throws into the shop's page. */
export const safe =
  <A extends unknown[]>(fn: (...args: A) => void) =>
  (...args: A): void => {
    try {
      fn(...args)
    } catch (error) {
      debug(error)
    }
  }

/** Run `start` and return the one switch that undoes all that it switched on. */
export function collect(start: () => void): Stop {
  const outer = stops
  const mine: Stop[] = []
  stops = mine
  safe(start)()
  stops = outer
  return () => {
    for (const stop of mine.splice(0)) stop()
  }
}

/** This undoes something that the current `collect` has begun. */
export const undo = (stop: Stop) => stops.push(stop)

/** Listen passively and before the page's own handlers, to event types in one text, until the current `collect` is undone. */
// biome-ignore lint/suspicious/noExplicitAny: the type of event follows from its name
export function on(target: EventTarget, types: string, handler: (event: any) => void): void {
  const options = { capture: true, passive: true }
  const wrapped = safe(handler)
  for (const type of types.split(' ')) {
    target.addEventListener(type, wrapped, options)
    undo(() => target.removeEventListener(type, wrapped, options))
  }
}

/** Call later; the returned function forgets it. */
export function later(fn: () => void, ms = 0): Stop {
  const timer = setTimeout(safe(fn), ms)
  return () => clearTimeout(timer)
}

/** When the page has nothing better to do, within two seconds. */
export const whenIdle = (fn: () => void) =>
  // Safari has no requestIdleCallback.
  window.requestIdleCallback?.(safe(fn), { timeout: 2000 }) ?? later(fn, 200)

export const randomBytes = (n: number): Uint8Array => crypto.getRandomValues(new Uint8Array(n))

export const isSame = (a: Uint8Array, b: Uint8Array) => `${a}` === `${b}`

/** The element of an event, or null where it is ours, or where the shop asks us to look away. */
export const elementOf = ({ target }: Event): Element | null =>
  target instanceof Element && !target.closest('[data-fc-ignore],[data-fc-layer]') ? target : null
