/** Amounts, counts and times as people write them where the page is read, and the few sentences that are ours. */

import { exponent } from '../money'

let locale = ''

/** The language from here on: the merchant's setting, else the page's. */
export const speak = (wanted?: string | number) => (locale = `${wanted || document.documentElement.lang}`)

/** In that language; where a shop names one that no browser knows, like `en_US`, in the browser's own. */
function written(format: (lang?: string) => string): string {
  try {
    return format(locale || undefined)
  } catch {
    return format()
  }
}

/** An amount in minor units. */
export function money(amountMinor: number, currency: string): string {
  const digits = exponent(currency)
  const options = { style: 'currency', currency, minimumFractionDigits: digits, maximumFractionDigits: digits } as const
  return written((lang) => new Intl.NumberFormat(lang, options).format(amountMinor / 10 ** digits))
}

export const number = (n: number, options?: Intl.NumberFormatOptions) =>
  written((lang) => new Intl.NumberFormat(lang, options).format(n))

/** One of our sentences, or the shop's own words for it: `<meta name="fc:until" content="Gültig bis {time}">`. */
export const sentence = (name: string, usual: string, time = '') =>
  (document.querySelector<HTMLMetaElement>(`meta[name="fc:${name}"]`)?.content || usual).replace('{time}', time)

/** Until when, by the clock and never as a countdown: today's hour, or the day as well. */
export function until(atMs: number): string {
  const end = new Date(atMs)
  const isToday = end.toDateString() === new Date().toDateString()
  const options = { timeStyle: 'short', dateStyle: isToday ? undefined : 'medium' } as const
  return sentence(
    'until',
    'Valid until {time}',
    written((lang) => new Intl.DateTimeFormat(lang, options).format(end)),
  )
}

/** The time over which something was counted; whole days as days. */
export function during(hours: number): string {
  const isDays = hours > 24 && hours % 24 === 0
  const options = { style: 'unit', unit: isDays ? 'day' : 'hour', unitDisplay: 'long' } as const
  return sentence('during', 'in the last {time}', number(isDays ? hours / 24 : hours, options))
}
