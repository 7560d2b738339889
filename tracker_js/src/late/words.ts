/**
 * What shops call things: the words of buttons, and the names of carts, counters and fields, in the languages and systems that
 * people use. Words that they share, never a rule for one shop. Read in the page, and never sent.
 */

export const STEPS = /^(checkout|shipping|payment)$/
const CART = 'cart|basket|bag\\b|trolley|warenkorb|panier|carrito|carrello|winkel|koszyk'
export const ADD = RegExp(
  `\\b(add|ajouter|añadir|agregar|aggiungi|dodaj|in)[\\W_][^"<>]{0,60}(${CART})|addto(cart|basket|bag)|(${CART})[/._-]add\\b`,
  'i',
)
/** All that a button says, beside products alone: elsewhere an address is added too. */
export const BUY = /"\s*(add|buy)( now)?\s*"/i
export const REMOVE = /remove|delete|trash|entfernen|löschen|supprimer|eliminar|rimuovi|verwijder/i
export const MORE = /\b(plus|increase|increment)\b|"\s*\+\s*"/i
export const LESS = /\b(minus|decrease|decrement)\b|"\s*[-−–]\s*"/i
export const NEITHER = /wish|compare|coupon|voucher|promo|favou?rite|"back"/i
export const PRESSED = 'button,a,[role=button],[type=submit],[type=image],[type=button]'
/** What a thing is called, wherever its shop writes names. */
const NAMES = ['class', 'id', 'name', 'aria-label']
/** A selector: one of the words in one of the names, in small letters or large ones. */
const called = (...words: string[]) => `:is(${words.flatMap((word) => NAMES.map((name) => `[${name}*="${word}" i]`))})`
const FIELD = ':is(input,select):not([type=hidden])'
export const QUANTITY = FIELD + called('qty', 'quantity')
/** A cart's own part of the page; what puts something into it bears its name too. */
export const IN_CART = `${called('cart', 'basket')}:not(${called('add-', 'add_', 'add ', 'addto')})`
/** Where a shop shows how much is in its cart: there, on what leads to it, and on a button at the top. */
export const COUNTS = `${IN_CART},a[href*=cart],a[href*=basket],header button`
/** What a checkout asks for at a step that has no address of its own. An e-mail address is none of it. */
export const ADDRESS = FIELD + called('zip', 'post', 'street')
export const CARD = FIELD + called('card')

/** What elements say: the values of their attributes, then a text, each in quotes. Read here, and never sent. */
export const wordsOf = (elements: (Element | null)[], text = '') =>
  `"${[...elements.flatMap((element) => [...(element?.attributes ?? [])].map(({ value }) => value)), text].join('"')}"`
