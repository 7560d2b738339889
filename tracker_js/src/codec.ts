/**
 * A subset of msgpack, both ways: nil, booleans, integers, text, bytes, arrays, and on the way in also maps and floats.
 *
 * A value has exactly one encoding, so an event that was stored and is sent again has the very same bytes.
 */

export type Value = unknown

const text = new TextEncoder()
const TWO_32 = 4294967296

/** The bytes of a value. `undefined` is nil; what is no integer, text, bytes, boolean or array is nil too. */
export function encode(value: Value): Uint8Array<ArrayBuffer> {
  const out: number[] = []
  put(out, value)
  return new Uint8Array(out)
}

function big(out: number[], tag: number, n: number, bytes: number): void {
  out.push(tag)
  for (let i = bytes - 1; i >= 0; i--) out.push(Math.floor(n / 256 ** i) % 256)
}

/** A length: `fix` for the short form up to `short`, then the 8-bit form (0 where there is none), 16 and 32 bits. */
function size(out: number[], n: number, fix: number, short: number, tag8: number, tag16: number): void {
  if (n < short) out.push(fix + n)
  else if (n < 256 && tag8) out.push(tag8, n)
  else if (n < 65536) big(out, tag16, n, 2)
  else big(out, tag16 + 1, n, 4)
}

function put(out: number[], value: Value): void {
  if (value === true) out.push(0xc3)
  else if (value === false) out.push(0xc2)
  else if (Number.isSafeInteger(value)) integer(out, value as number)
  else if (typeof value === 'string') {
    const bytes = text.encode(value)
    size(out, bytes.length, 0xa0, 32, 0xd9, 0xda)
    for (const b of bytes) out.push(b)
  } else if (value instanceof Uint8Array) {
    size(out, value.length, 0, 0, 0xc4, 0xc5)
    for (const b of value) out.push(b)
  } else if (Array.isArray(value)) {
    size(out, value.length, 0x90, 16, 0, 0xdc)
    for (const v of value) put(out, v)
  } else out.push(0xc0)
}

function integer(out: number[], n: number): void {
  if (n < 0) {
    if (n >= -32) out.push(n + 256)
    else if (n >= -128) big(out, 0xd0, n + 256, 1)
    else if (n >= -32768) big(out, 0xd1, n + 65536, 2)
    else if (n >= -2147483648) big(out, 0xd2, n + TWO_32, 4)
    else {
      // Two's complement in halves: a double has not the bits for the whole.
      big(out, 0xd3, Math.floor(n / TWO_32) + TWO_32, 4)
      big(out, 0, ((n % TWO_32) + TWO_32) % TWO_32, 4)
      out.splice(-5, 1)
    }
  } else if (n < 128) out.push(n)
  else if (n < 256) big(out, 0xcc, n, 1)
  else if (n < 65536) big(out, 0xcd, n, 2)
  else if (n < TWO_32) big(out, 0xce, n, 4)
  else big(out, 0xcf, n, 8)
}

/** The value of these bytes. Throws RangeError where they end early and TypeError at what this subset has not. */
export function decode(bytes: Uint8Array): Value {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = 0
  const number = (n: number) => {
    let v = 0
    for (at += n; n; n--) v = v * 256 + view.getUint8(at - n)
    return v
  }
  const bin = (n: number) => {
    if ((at += n) > bytes.length) throw new RangeError()
    return bytes.slice(at - n, at)
  }
  const string = (n: number) => new TextDecoder().decode(bin(n))
  const array = (n: number) => {
    const out: Value[] = []
    while (n--) out.push(next())
    return out
  }
  const map = (n: number) => {
    const out: Record<string, Value> = {}
    while (n--) {
      const key = next() as string
      out[key] = next()
    }
    return out
  }
  const next = (): Value => {
    const tag = number(1)
    if (tag < 0x80) return tag
    if (tag < 0x90) return map(tag & 15)
    if (tag < 0xa0) return array(tag & 15)
    if (tag < 0xc0) return string(tag & 31)
    if (tag > 0xdf) return tag - 256
    if (tag === 0xc0) return null
    if (tag === 0xc2 || tag === 0xc3) return tag > 0xc2
    if (tag > 0xc3 && tag < 0xc7) return bin(number(1 << (tag - 0xc4)))
    if (tag === 0xca) return view.getFloat32((at += 4) - 4)
    if (tag === 0xcb) return view.getFloat64((at += 8) - 8)
    if (tag > 0xcb && tag < 0xd0) return number(1 << (tag - 0xcc))
    if (tag > 0xcf && tag < 0xd4) {
      const n = 1 << (tag - 0xd0)
      const high = n < 8 ? number(n) : number(4)
      const signed = high - (high >= 256 ** Math.min(n, 4) / 2 ? 256 ** Math.min(n, 4) : 0)
      return n < 8 ? signed : signed * TWO_32 + number(4)
    }
    if (tag > 0xd8 && tag < 0xdc) return string(number(1 << (tag - 0xd9)))
    if (tag > 0xdb && tag < 0xde) return array(number(tag - 0xdb === 1 ? 2 : 4))
    if (tag > 0xdd) return map(number(tag - 0xdd === 1 ? 2 : 4))
    throw new TypeError()
  }
  return next()
}
