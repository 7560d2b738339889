/**
 * A subset of msgpack: nil, booleans, integers, text, bytes and arrays, and on the way in maps.
 *
 * A negative integer has 1 byte or 8; servers send none. A value has exactly one encoding, so an event that was stored and is sent again has the very same bytes.
 */

export type Value = unknown

const utf8 = new TextEncoder()

/** The bytes of a value. `undefined` is nil; so is all that is no integer, text, bytes, boolean or array. */
export function encode(value: Value): Uint8Array<ArrayBuffer> {
  const out: number[] = []
  /** A tag and a big-endian number of 1 << width bytes; two's complement where it is negative. */
  const number = (tag: number, width: number, n: number) => {
    out.push(tag + width)
    for (let i = 1 << width; i--; ) out.push(Math.floor(n / 256 ** i) & 255)
  }
  /** The least width, as a power of two, for a number below 2 ** 53. */
  const widthOf = (n: number) => (n < 256 ? 0 : n < 65536 ? 1 : n < 2 ** 32 ? 2 : 3)
  /** A length: the short form below `short`, else one of 8, 16 and 32 bits, `tag` being that of 8. */
  const size = (n: number, fix: number, short: number, tag: number, least = 0) =>
    n < short ? out.push(fix + n) : number(tag, Math.max(least, widthOf(n)), n)
  const bin = (bytes: Uint8Array, fix: number, short: number, tag: number) => {
    size(bytes.length, fix, short, tag)
    out.push(...bytes)
  }
  const put = (v: Value): void => {
    if (Number.isSafeInteger(v)) {
      const n = v as number
      if (n >= -32 && n < 128) out.push(n & 255)
      else if (n < 0) number(0xd0, 3, n)
      else number(0xcc, widthOf(n), n)
    } else if (typeof v === 'string') bin(utf8.encode(v), 0xa0, 32, 0xd9)
    else if (v instanceof Uint8Array) bin(v, 0, 0, 0xc4)
    else if (Array.isArray(v)) {
      size(v.length, 0x90, 16, 0xdb, 1)
      v.forEach(put)
    } else out.push(v === true ? 0xc3 : v === false ? 0xc2 : 0xc0)
  }
  put(value)
  return new Uint8Array(out)
}

/** The value of these bytes, which are whole: a socket brings no half messages. */
export function decode(bytes: Uint8Array): Value {
  let at = 0
  /** Big-endian; from -1 on, what is negative. */
  const number = (width: number, n = 0) => {
    for (let i = 1 << width; i--; ) n = n * 256 + bytes[at++]!
    return n
  }
  const bin = (n: number) => bytes.slice(at, (at += n))
  const text = (n: number) => new TextDecoder().decode(bin(n))
  const array = (n: number, one: () => Value = next): Value[] => {
    const out = []
    // Bytes that were cut off end it, whatever length they claim.
    while (n-- && bytes.length > at) out.push(one())
    return out
  }
  const map = (n: number) => Object.fromEntries(array(n, () => [next(), next()]) as [string, Value][])
  const next = (): Value => {
    const tag = number(0)
    if (tag < 0x80) return tag
    if (tag < 0x90) return map(tag & 15)
    if (tag < 0xa0) return array(tag & 15)
    if (tag < 0xc0) return text(tag & 31)
    if (tag < 0xc4) return [null, null, false, true][tag & 3]
    if (tag < 0xc7) return bin(number(tag - 0xc4))
    if (tag < 0xd0) return number(tag - 0xcc)
    if (tag === 0xd3) return number(3, -1)
    if (tag < 0xdc) return text(number(tag - 0xd9))
    if (tag < 0xde) return array(number(tag - 0xdb))
    return tag < 0xe0 ? map(number(tag - 0xdd)) : tag - 256
  }
  return next()
}
