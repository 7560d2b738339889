/**
 * What a shop without a dataLayer tells by its pages and buttons: products seen, carts filled and emptied, checkouts.
 *
 * Nothing here knows one shop. It reads what shops have in common: structured data, addresses, the names and words of
 * buttons and fields. Silent as soon as the shop tells e-commerce events itself.
 */

import type { Host } from '../host'
import { collect, elementOf, later, on, type Stop, safe, undo } from '../util'
import { read, slugOf } from './product'
import {
  ADD,
  ADDRESS,
  BUY,
  CARD,
  COUNTS,
  IN_CART,
  LESS,
  MORE,
  NEITHER,
  PRESSED,
  QUANTITY,
  REMOVE,
  STEPS,
  wordsOf,
} from './words'

interface Item {
  item_id: string
  item_category?: string
  price?: unknown
  quantity?: number
}

/** A route's content comes after the route. */
const SETTLE_MS = 1000
/** What holds more elements is no button, no counter of a cart: a page may have 50,000. */
const FEW = 60
/** How far within a button its words are looked for, and around it its product, and among how many links or counters. */
const NEAR = 8
const SOME = 40
/** What a press asks for has begun by then, or never does. */
const ANSWER_MS = 3000
/** A shop that keeps its cart in the browser shows it by then; one that tells e-commerce itself has told it. */
const HANDLED_MS = 300

/** The first of many. */
const some = <E>(list: ArrayLike<E>) => Array.from({ length: Math.min(SOME, list.length) }, (_, i) => list[i]!)

/** The words of what holds few elements. A live list counts no further than it is asked to. */
const textOf = (element: Element) => (element.getElementsByTagName('*')[FEW] ? '' : element.textContent!)

/** The numbers that the shop shows about its cart: how many, how much. */
const countsShown = () =>
  some(document.body.querySelectorAll(COUNTS))
    .map((e) => textOf(e).replace(/\D/g, ''))
    .join()

/** The browser will not send it as it is: something that it requires is missing. */
const isRefused = (form: HTMLFormElement | null) =>
  form && !form.noValidate && [...form.elements].some((field) => !((field as HTMLInputElement).validity?.valid ?? true))

/** The page goes: what was pressed may be why. */
export let leave = () => {}

/** A press that says it, until something comes of it: a request that begins before the shopper turns to something else. */
type Waiting = { name: string; since: number; until: number; tell: () => void }
type TypeOf = (path: string) => string | undefined

/** Begin. `isTold`: whether an adapter has just told a change of the cart. Returns the off switch. */
export const start = (host: Host, typeOf: TypeOf, isTold = () => false): Stop =>
  collect(() => watch(host, typeOf, isTold))

function watch(
  { report, onView, currentType, setting, isOff, visit }: Host,
  typeOf: TypeOf,
  isTold: () => boolean,
): void {
  /** The type of the page before; not known where that was another document. */
  let before: string | undefined
  let isInfoTold = false
  let was = 0
  let waiting: Waiting[] = []
  /** Told in a moment, when the shop has had the time to tell it itself; at once where the page goes. */
  const answered: Waiting[] = []
  let stopWait: Stop = () => {}

  const currency = () => read(false)?.currency ?? setting('currency') ?? undefined

  /** An amount without a currency says nothing. */
  const tell = (name: string, item?: Item) => {
    if (/_(to|from)_cart/.test(name) && isTold()) return
    const { price, quantity = 1 } = item ?? {}
    const told = price == null ? undefined : currency()
    report(name, {
      currency: told,
      value: told && Number(price) * quantity,
      items: item ? [{ ...item, price: told && price }] : [],
    })
  }

  /** The product of this page. */
  const ofPage = (isCertain: boolean): Item | undefined => {
    const product = read(isCertain)
    return product && { item_id: product.id, item_category: product.category, price: product.price, quantity: 1 }
  }

  /** How many a button puts into the cart: what its form's field says; outside of forms, the only one of the page. */
  const quantityAt = ({ form }: HTMLButtonElement): number => {
    const all = some((form ?? document).querySelectorAll<HTMLInputElement>(QUANTITY))
    const [field, another] = form ? all : all.filter((one) => !isInCart(one))
    return Math.round(Number(!form && another ? 1 : field?.value)) || 1
  }

  /** The product that a button or a field is about: a link to one beside it, else the page's own. */
  const near = (element: Element, quantity: number): Item | undefined => {
    let around: Element | null = element
    for (let i = 0; i < NEAR && around && !around.querySelector('h1'); i++, around = around.parentElement)
      for (const { pathname, origin } of some(around.querySelectorAll<HTMLAnchorElement>('a[href]'))) {
        const type = typeOf(pathname) ?? (currentType() === 'product' ? '' : 'product')
        if (origin === location.origin && pathname !== location.pathname && type === 'product')
          return { item_id: slugOf(pathname), quantity }
      }
    const own = ofPage(currentType() !== 'product')
    return own && { ...own, quantity }
  }

  const isInCart = (element: Element) => currentType() === 'cart' || element.closest(IN_CART)?.closest('body *')

  const typeOfReferrer = () =>
    (document.referrer.startsWith(location.origin) && typeOf(new URL(document.referrer).pathname)) || ''

  /** The page has come to rest: what it is about. */
  const look = (isNew: boolean) => {
    const type = currentType()
    const item = type === 'product' || type === 'other' ? ofPage(type === 'other') : undefined
    if (isOff('product')) return
    if (item) tell('view_item', item)
    else if (/listing|search/.test(type)) tell('view_item_list')
    else if (type === 'cart') tell('view_cart')
    else if (isNew && STEPS.test(type) && !STEPS.test(before ?? typeOfReferrer())) tell('begin_checkout')
    before = type
  }

  /** Something came of what was pressed up to then: what a button says is not yet done. "Choose a size" asks nobody. */
  const settle = (at: number) => {
    answered.push(...waiting.filter(({ since, until }) => since <= at && at < until))
    waiting = waiting.filter(({ since }) => since > at)
  }
  const flush = () => {
    for (const { tell } of answered.splice(0)) tell()
  }

  if (!isOff('forms')) watchForms()

  function watchForms(): void {
    const hear = (entries: PerformanceEntryList) => {
      // A server that refuses it says so by its status; 0 where a browser or another origin does not tell.
      for (const entry of entries as PerformanceResourceTiming[])
        if (
          /fetch|xmlhttp/.test(entry.initiatorType) &&
          !((entry.responseStatus ?? 0) >= 400) &&
          !entry.name.startsWith(visit()[0])
        )
          settle(entry.startTime)
      later(flush, HANDLED_MS)
    }
    /** From the first press on: a page's own pictures would call it by the dozen. */
    let observer: PerformanceObserver | undefined
    const observe = () => {
      observer = new PerformanceObserver(safe((list: PerformanceObserverEntryList) => hear(list.getEntries())))
      observer.observe({ type: 'resource' })
    }
    leave = safe(() => {
      hear(observer?.takeRecords() ?? [])
      settle(performance.now())
      flush()
    })
    undo(() => {
      observer?.disconnect()
      leave = () => {}
    })

    /** What a button says that it does, or ''. */
    const nameOf = (pressed: HTMLButtonElement, form: HTMLFormElement | null): string => {
      const within = pressed.getElementsByTagName('*')
      const words = wordsOf([pressed, ...Array.from({ length: NEAR }, (_, i) => within[i] ?? null)], textOf(pressed))
      if (pressed.disabled || NEITHER.test(words) || isRefused(form)) return ''
      const isHere = isInCart(pressed)
      if (isHere && (REMOVE.test(words) || LESS.test(words))) return 'remove_from_cart'
      if ((isHere && MORE.test(words)) || ADD.test(words) || ADD.test(wordsOf([form]))) return 'add_to_cart'
      const type = currentType()
      if (/product|listing|search|home/.test(type) && BUY.test(words)) return 'add_to_cart'
      const asks = (step: string, fields: string) =>
        form && (type === step || (type === 'checkout' && form.querySelector(fields)))
      return asks('payment', CARD) ? 'add_payment_info' : asks('shipping', ADDRESS) ? 'add_shipping_info' : ''
    }

    on(document, 'click', (event: MouseEvent) => {
      const pressed = elementOf(event)?.closest<HTMLButtonElement>(PRESSED)
      const form = pressed && /submit|image/.test(pressed.type) ? pressed.form : null
      const name = pressed ? nameOf(pressed, form) : ''
      const since = event.timeStamp
      // Twice the same may be asked for in one request.
      for (const one of waiting) if (one.name !== name) one.until = Math.min(one.until, since)
      if (!pressed || !name) return
      if (/info/.test(name)) {
        if (!isInfoTold) later(() => tell(name))
        isInfoTold = true
        return
      }
      // In a cart a press is one more or one less; what adds says of how many, also where its form is called a cart.
      const isOne = isInCart(pressed) && !ADD.test(wordsOf([pressed], textOf(pressed)))
      const item = near(pressed, isOne ? 1 : quantityAt(pressed))
      const shown = countsShown()
      if (!observer) observe()
      waiting.push({ name, since, until: since + ANSWER_MS, tell: () => tell(name, item) })
      later(() => {
        if (shown !== countsShown()) settle(performance.now())
        flush()
      }, HANDLED_MS)
    })

    on(document, 'focusin change', ({ type, target }: Event) => {
      const field = target as HTMLInputElement
      // A box to tick, and the cart is sent later.
      const isTick = field.type === 'checkbox' && REMOVE.test(wordsOf([field]))
      if (!(isTick || field.matches?.(QUANTITY)) || !isInCart(field)) return
      const more = isTick ? 1 - 2 * Number(field.checked) : Math.round(Number(field.value) - was)
      was = Number(field.value)
      if (type === 'change' && more) tell(more > 0 ? 'add_to_cart' : 'remove_from_cart', near(field, Math.abs(more)))
    })
  }

  undo(
    onView(() => {
      isInfoTold = false
      stopWait()
      stopWait = later(() => look(true), SETTLE_MS)
    }),
  )
  undo(() => stopWait())
  // A reloaded checkout has begun already.
  look(!performance.navigation?.type)
}
