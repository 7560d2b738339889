/** How large a built file is, and which source files its bytes come from. */

import { createHash } from 'node:crypto'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

export const sha = (name, data, encoding) => createHash(name).update(data).digest(encoding)
export const gzip = (data) => gzipSync(data, { level: 9 }).length
const brotli = (data) => brotliCompressSync(data, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length

export const sizeOf = (data) => ({ raw: data.length, gzip: gzip(data), brotli: brotli(data) })

/** A file as the manifest has it: `integrity` is what a pinned tag or an import map names. */
export const describe = (data) => ({
  bytes: data.length,
  gzip: gzip(data),
  sha256: sha('sha256', data, 'hex'),
  integrity: `sha384-${sha('sha384', data, 'base64')}`,
})

/**
 * The share of each source file in the compressed bytes, largest first.
 * An estimate: shares are counted before the names are shortened a second time, and compression knows no files.
 */
export function modulesOf({ outputs }, gzipped) {
  const [{ inputs }] = Object.values(outputs)
  const parts = Object.entries(inputs).map(([path, { bytesInOutput }]) => [path, bytesInOutput])
  const whole = parts.reduce((sum, [, bytes]) => sum + bytes, 0)
  const shares = parts.map(([path, bytes]) => [path, Math.round((bytes / whole) * gzipped)])
  return Object.fromEntries(shares.filter(([, bytes]) => bytes).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)))
}

export function printTable(modules) {
  for (const [path, bytes] of Object.entries(modules)) console.log(`  ${String(bytes).padStart(5)}  ${path}`)
}
