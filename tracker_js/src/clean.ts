/** Nothing personal gets past this file, and nothing that the schema would refuse. */

import { ITEM_ID_LENGTH, PATH_LENGTH, PERSONAL, REDACTED, SLUG_LENGTH } from './schema'

/** The text with everything cut that looks like an e-mail address, a phone or a card number. */
export function redact(text: unknown): string {
  const words = String(text ?? '').trim()
  // What it looks for holds an @, or digits seven places apart; to compile it for every name costs a page a tenth of a millisecond.
  // Compiled here: a browser without lookbehind throws inside a guard, and so collects nothing.
  return /@|%40|\d.{6,}\d/.test(words) ? words.replace(RegExp(PERSONAL, 'g'), REDACTED) : words
}

/** A name that the merchant gave: letters, digits, `_.:/-` and what `more` allows. */
export const slug = (text: unknown, length = SLUG_LENGTH, more = ''): string =>
  redact(text)
    // The classes of all letters take a millisecond to compile, and most names have none but ASCII's.
    .replace(RegExp(`[^${/[^ -~]/.test(text as string) ? '\\p{L}\\p{N}_' : '\\w'}.:/${more}-]+`, 'gu'), '_')
    .slice(0, length)

/** As a slug, longer, and spaces are kept. */
export const itemId = (text: unknown) => slug(text, ITEM_ID_LENGTH, ' ')

/** `location.pathname`, which holds neither query nor fragment. */
export const cleanPath = (path: string) => redact(path).slice(0, PATH_LENGTH)
