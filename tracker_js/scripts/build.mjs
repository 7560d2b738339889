/**
 * Build static/t.js, static/r.<hash>.js and what that loads from src/, and hold them to their size.
 *
 * `npm run build` writes them, static/manifest.json and scripts/sizes.json, the committed table that the next change is compared with.
 * `--check` writes nothing and fails where the committed files are not what the source builds.
 */

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { minify } from 'terser'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const out = join(root, '..', 'static')
const sizesFile = join(root, 'scripts', 'sizes.json')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const isCheck = process.argv.includes('--check')
/** Bytes of gzip -9: the build fails above them. */
const LIMITS = { 't.js': 6500, 'r.js': 7000, 'claim.js': 1200 }

async function bundle(entry, format, { define = {}, compress = {}, apart = {} } = {}) {
  // What is a bundle of its own is imported by the name of its file, which stands beside.
  const own = {
    name: 'own',
    setup: ({ onResolve }) =>
      onResolve({ filter: /^\./ }, ({ path, kind }) =>
        kind === 'dynamic-import' && apart[path] ? { path: `./${apart[path]}`, external: true } : undefined,
      ),
  }
  const result = await build({
    entryPoints: [join(root, 'src', entry)],
    bundle: true,
    minifySyntax: true,
    write: false,
    format,
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    define,
    plugins: [own],
  })
  // esbuild bundles; terser makes it small, alone: names that both shorten come out longer.
  const { code } = await minify(result.outputFiles[0].text, {
    ecma: 2020,
    module: true,
    toplevel: true,
    compress: {
      passes: 4,
      // Shorter as text, longer once it is compressed.
      conditionals: false,
      keep_fargs: false,
      pure_getters: true,
      unsafe: true,
      unsafe_arrows: true,
      unsafe_methods: true,
      ...compress,
    },
    format: { comments: false },
  })
  return Buffer.from(code)
}

const sha = (name, data, encoding) => createHash(name).update(data).digest(encoding)
const gzip = (data) => gzipSync(data, { level: 9 }).length
const brotli = (data) => brotliCompressSync(data, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length

const named = (data) => `r.${sha('sha256', data, 'hex').slice(0, 10)}.js`

const claim = await bundle('render/claim.ts', 'esm')
const claimName = named(claim)
const renderer = await bundle('render/index.ts', 'esm', {
  compress: { hoist_funs: true },
  apart: { './claim': claimName },
})
const rendererName = named(renderer)
const tracker = await bundle('boot.ts', 'iife', { define: { RENDERER: JSON.stringify(rendererName) } })
const files = { 't.js': tracker, [rendererName]: renderer, [claimName]: claim }

const before = existsSync(sizesFile) ? JSON.parse(readFileSync(sizesFile, 'utf8')) : {}
const sizes = {}
let failed = false
for (const [label, data] of [
  ['t.js', tracker],
  ['r.js', renderer],
  ['claim.js', claim],
]) {
  sizes[label] = { raw: data.length, gzip: gzip(data), brotli: brotli(data) }
  const change = sizes[label].gzip - (before[label]?.gzip ?? 0)
  console.log(
    `${label}: ${sizes[label].gzip} gz (${change >= 0 ? '+' : ''}${change}), ${sizes[label].brotli} br, limit ${LIMITS[label]} gz`,
  )
  if (sizes[label].gzip > LIMITS[label]) {
    console.error(`${label} is over its limit. Next: make it smaller, or take something out.`)
    failed = true
  }
}

const described = Object.entries(files).map(([name, data]) => [
  name,
  {
    bytes: data.length,
    gzip: gzip(data),
    sha256: sha('sha256', data, 'hex'),
    integrity: `sha384-${sha('sha384', data, 'base64')}`,
  },
])
const manifest = `${JSON.stringify({ version, renderer: rendererName, claim: claimName, files: Object.fromEntries(described) }, null, 2)}\n`
const wanted = { ...files, 'manifest.json': Buffer.from(manifest) }

if (isCheck) {
  for (const [name, data] of Object.entries(wanted)) {
    const path = join(out, name)
    if (existsSync(path) && readFileSync(path).equals(data)) continue
    console.error(`static/${name} is not what the source builds. Next: npm run build, and commit static/.`)
    failed = true
  }
} else if (!failed) {
  mkdirSync(out, { recursive: true })
  for (const name of readdirSync(out)) if (/^r\.[0-9a-f]+\.js$/.test(name) && !(name in wanted)) rmSync(join(out, name))
  for (const [name, data] of Object.entries(wanted)) writeFileSync(join(out, name), data)
  writeFileSync(sizesFile, `${JSON.stringify(sizes, null, 2)}\n`)
}
process.exit(failed ? 1 : 0)
