/** Nothing personal gets past this file, and nothing that the schema would refuse. */

import { ITEM_ID_LENGTH, PATH_LENGTH, PERSONAL, REDACTED, SLUG_LENGTH } from './schema'

let personal: RegExp | undefined

/** The text with everything cut that looks like an e-mail address, a phone or a card number. */
export function redact(text: unknown): string {
  // Compiled late: a browser without lookbehind throws here, inside a guard, and so collects nothing.
  personal ??= new RegExp(PERSONAL, 'g')
  return text == null ? '' : String(text).trim().replace(personal, REDACTED)
}

/** A name that the merchant gave: letters, digits and `_.:/-`. */
export function slug(text: unknown): string {
  return redact(text)
    .replace(/[^\p{L}\p{N}_.:/-]+/gu, '_')
    .slice(0, SLUG_LENGTH)
}

/** As a slug, and spaces are kept. */
export function itemId(text: unknown): string {
  return redact(text)
    .replace(/[^\p{L}\p{N}_.:/ -]+/gu, '_')
    .slice(0, ITEM_ID_LENGTH)
}

/** The path of an address, never its query or fragment. */
export function cleanPath(path: string): string {
  return redact(path)
    .replace(/[\s?#]+/g, '_')
    .slice(0, PATH_LENGTH)
}
