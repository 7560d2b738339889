/**
 * The privacy gate: until it opens nothing is stored and nothing is sent.
 *
 * Global Privacy Control and Do Not Track close it for good. `data-consent="required"` keeps it closed until the shop
 * says `granted`, `"tcf"` until its consent platform does; else it is open unless the shop, or Google's consent mode,
 * says `denied`.
 */

import { needsConsent } from './config'
import { later } from './util'

let answer: unknown
/** An answer, not only what the page assumes until there is one. */
let isFinal = false
/** An answer is on its way: the gate does not open meanwhile. */
let isHeld = false
let changed: (isOpen: boolean, isRefused: boolean) => void = () => {}

/** Whether anything may be stored or sent. */
export const isOpen = () => {
  const { globalPrivacyControl, doNotTrack } = navigator as Navigator & { globalPrivacyControl?: boolean }
  return !globalPrivacyControl && doNotTrack !== '1' && (needsConsent ? answer === 'granted' : answer !== 'denied')
}

function tell(): void {
  const opens = isOpen()
  if (!opens || !isHeld) changed(opens, isFinal && answer === 'denied')
}

/** Watch the gate: `onChange` is called now and at every answer. What was refused is to be forgotten. */
export function watch(onChange: (isOpen: boolean, isRefused: boolean) => void): void {
  changed = onChange
  tell()
}

/**
 * `granted` or `denied`, from the shop's consent dialog. A default holds until there is an answer, and of several, which
 * name their regions, the strictest: we do not know where the shopper is. `wait_for_update` holds the gate that long.
 */
export function consent(word: unknown, isDefault = false, waitMs = 0): void {
  if ((word !== 'granted' && word !== 'denied') || (isDefault && (isFinal || answer === 'denied'))) return
  answer = word
  isFinal = !isDefault
  isHeld = waitMs > 0
  if (isHeld)
    later(() => {
      isHeld = false
      tell()
    }, waitMs)
  tell()
}
