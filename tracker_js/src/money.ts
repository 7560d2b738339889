/** Money as integer minor units: the exponents of ISO 4217, since browsers follow CLDR, which differs. */

/** Three letters each, without gaps: across its seams neither list spells another currency. */
const WHOLE = 'BIFCLPDJFGNFISKJPYKMFKRWPYGRWFUGXUYIVNDVUVXAFXOFXPF'
const THOUSANDTHS = 'BHDIQDJODKWDLYDOMRTND'

/** How many decimals the currency has. */
export const exponent = (currency?: string) => (WHOLE.includes(currency!) ? 0 : THOUSANDTHS.includes(currency!) ? 3 : 2)

/** An amount as the shop writes it, in minor units; null where it is no number or below zero. */
export function minor(amount: unknown, currency?: string): number | null {
  const n = amount === '' ? -1 : Number(amount ?? -1)
  return n >= 0 && n < 1e9 ? Math.round(n * 10 ** exponent(currency)) : null
}
