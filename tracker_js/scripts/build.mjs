/**
 * Build what browsers load from src/, and hold each file to its size: static/t.js and the chunks that it imports by name.
 *
 * `npm run build` writes them, static/manifest.json and scripts/sizes.json, the committed table that the next change is
 * compared with. `-- --table` prints where the bytes of each file go. `--check` writes nothing and fails where the
 * committed files are not what the source builds. To add a chunk: a row in `CHUNKS`, and `import()` of its entry.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import swc from '@swc/core'
import { build } from 'esbuild'
import { minify } from 'terser'
import { describe, gzip, modulesOf, printTable, sha, sizeOf } from './sizes.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const src = join(root, 'src')
const out = join(root, '..', 'static')
const sizesFile = join(root, 'scripts', 'sizes.json')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const isCheck = process.argv.includes('--check')

/**
 * The first line of what every page runs: V8 compiles all of it while it loads, beside the page, not each function at its first
 * call in the shopper's way. It takes a third off the main thread's load; other browsers read a comment.
 * https://v8.dev/blog/explicit-compile-hints
 */
const EAGER = '//# allFunctionsCalledOnLoad\n'

/** Bytes of gzip -9: the build fails above them. */
const TRACKER_LIMIT = 6500
/** What is loaded where it is needed: the name of its file before the hash, where it begins, and its limit. */
const CHUNKS = [
  { name: 'l', entry: 'late/index.ts', limit: 7200, first: EAGER, compress: { hoist_funs: true } },
  { name: 'r', entry: 'render/index.ts', limit: 7000, compress: { inline: 1, sequences: false, reduce_vars: false } },
  { name: 'claim', entry: 'render/claim.ts', limit: 1200 },
  { name: 'vitals', entry: 'late/vitals.ts', limit: 700 },
  { name: 'rare', entry: 'render/rare.ts', limit: 900 },
  { name: 'shopify', entry: 'late/shopify.ts', limit: 1000 },
  { name: 'woocommerce', entry: 'late/woocommerce.ts', limit: 1000 },
  { name: 'tcf', entry: 'tcf.ts', limit: 600 },
  { name: 'debug', entry: 'debug/index.ts', limit: 4000 },
]
/** What t.js itself imports. It is no module, so it is told the names of these files here. */
const TOLD = { LATE: 'l' }

/** What t.js lends to the chunks (src/host.ts) goes by short names in all of them. None of these is a name in the wire, in the
 * shop's page or in the browser. */
const LENT = 'emit report slug onView check currentType learn captured handlers visit setting isOff'.split(' ')
const mangleCache = Object.fromEntries(LENT.map((name, i) => [name, String.fromCharCode(97 + i)]))

/** The same of what the bundles of render/ say to each other (src/render/shell.ts), and nobody else. */
const DRAWN = 'offer taken say isTaken isShown obstacle'.split(' ')
const drawnCache = {
  ...mangleCache,
  ...Object.fromEntries(DRAWN.map((name, i) => [name, String.fromCharCode(65 + i)])),
}

/** By the name of the chunk: its file, its bytes and where they come from. */
const built = new Map()

/** A chunk is built once, and before whoever imports it: its name holds its hash. */
function chunk(one) {
  if (!built.has(one.name))
    built.set(
      one.name,
      bundle(one.entry, 'esm', one).then((made) => ({
        ...one,
        ...made,
        file: `${one.name}.${sha('sha256', made.data, 'hex').slice(0, 10)}.js`,
      })),
    )
  return built.get(one.name)
}

/** A chunk is imported by the name of its file, which stands beside. */
const apart = {
  name: 'apart',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\./ }, async ({ path, kind, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined
      const wanted = relative(src, resolve(resolveDir, path))
      const one = CHUNKS.find(({ entry }) => entry === `${wanted}.ts`)
      return one && { path: `./${(await chunk(one)).file}`, external: true }
    }),
}

async function bundle(entry, format, { define = {}, compress = {}, first = '' } = {}) {
  const names = entry.startsWith('render/') ? drawnCache : mangleCache
  const options = {
    entryPoints: [join(src, entry)],
    absWorkingDir: src,
    bundle: true,
    write: false,
    format,
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    define,
    mangleProps: RegExp(`^(${Object.keys(names).join('|')})$`),
    mangleCache: names,
    plugins: [apart],
  }
  // esbuild bundles, terser folds, swc folds once more and shortens the names: 2 % less than any two of them. Each name is
  // shortened once only: twice comes out longer.
  const [bundled, weighed] = await Promise.all([
    build({ ...options, minifySyntax: true }),
    build({ ...options, minify: true, metafile: true }),
  ])
  const folded = await minify(bundled.outputFiles[0].text, {
    ecma: 2020,
    module: true,
    mangle: false,
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
  const { code } = await swc.minify(folded.code, {
    ecma: 2020,
    module: true,
    mangle: { toplevel: true },
    compress: { passes: 4, toplevel: true, conditionals: false },
  })
  const data = Buffer.from(first + code)
  return { data, modules: modulesOf(weighed.metafile, gzip(data)) }
}

const chunks = await Promise.all(CHUNKS.map(chunk))
const fileOf = (name) => chunks.find((one) => one.name === name).file
const define = Object.fromEntries(Object.entries(TOLD).map(([word, name]) => [word, JSON.stringify(fileOf(name))]))
const tracker = {
  name: 't',
  file: 't.js',
  limit: TRACKER_LIMIT,
  ...(await bundle('boot.ts', 'iife', { define, first: EAGER, compress: { inline: 1 } })),
}
const all = [tracker, ...chunks]

const before = existsSync(sizesFile) ? JSON.parse(readFileSync(sizesFile, 'utf8')) : {}
const sizes = {}
let failed = false
for (const { name, data, limit, modules } of all) {
  const label = `${name}.js`
  const size = sizeOf(data)
  sizes[label] = { ...size, limit, modules }
  const change = size.gzip - (before[label]?.gzip ?? 0)
  console.log(`${label}: ${size.gzip} gz (${change >= 0 ? '+' : ''}${change}), ${size.brotli} br, limit ${limit} gz`)
  if (process.argv.includes('--table')) printTable(modules)
  if (size.gzip > limit) {
    console.error(`${label} is over its limit. Next: make it smaller, or take something out.`)
    failed = true
  }
}

const manifest = {
  version,
  chunks: Object.fromEntries(chunks.map(({ name, file }) => [name, file])),
  files: Object.fromEntries(all.map(({ file, data }) => [file, describe(data)])),
}
const wanted = Object.fromEntries(all.map(({ file, data }) => [file, data]))
wanted['manifest.json'] = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)

if (isCheck) {
  for (const [name, data] of Object.entries(wanted)) {
    const path = join(out, name)
    if (existsSync(path) && readFileSync(path).equals(data)) continue
    console.error(`static/${name} is not what the source builds. Next: npm run build, and commit static/.`)
    failed = true
  }
} else if (!failed) {
  mkdirSync(out, { recursive: true })
  for (const name of readdirSync(out))
    if (/^\w+\.[0-9a-f]{10}\.js$/.test(name) && !(name in wanted)) rmSync(join(out, name))
  for (const [name, data] of Object.entries(wanted)) writeFileSync(join(out, name), data)
  writeFileSync(sizesFile, `${JSON.stringify(sizes, null, 2)}\n`)
}
process.exit(failed ? 1 : 0)
