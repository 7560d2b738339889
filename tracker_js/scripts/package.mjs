/**
 * Build the npm package `fifthclick` from the same source: `npm run package [FOLDER]`, by default out/npm of the repository.
 *
 * A bundler of the shop's own splits its chunks, so the tracker imports them as modules that stand beside it, and not, as the
 * pasted tag does, from the server.
 */

import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const out = resolve(process.argv[2] ?? join(root, '..', 'out', 'npm'))
const { version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

// biome-ignore lint/suspicious/noTemplateCurlyInString: this is source text
const FROM_SERVER = 'import(`${config.host}/${LATE}`)'

/** Where t.js asks the server for the late chunk, the package asks its bundler. */
const beside = {
  name: 'beside',
  setup: ({ onLoad }) =>
    onLoad({ filter: /src\/offers\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      if (text.split(FROM_SERVER).length !== 2)
        throw new Error(
          `${path} does not import the late chunk as it did. Next: see FROM_SERVER in scripts/package.mjs.`,
        )
      return { contents: text.replace(FROM_SERVER, "import('./late/index')"), loader: 'ts' }
    }),
}

rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })
await build({
  entryPoints: { index: join(root, 'src', 'npm.ts') },
  outdir: out,
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  charset: 'utf8',
  minifySyntax: true,
  // Where pages are rendered on a server there is no window, and importing the package must do nothing there.
  define: { window: 'globalThis' },
  chunkNames: 'chunks/[name]-[hash]',
  plugins: [beside],
})

const types = join(out, 'types')
execFileSync(
  process.execPath,
  [
    join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
    '-p',
    root,
    '--noEmit',
    'false',
    '--declaration',
    '--emitDeclarationOnly',
    '--outDir',
    types,
  ],
  { stdio: 'inherit' },
)
copyFileSync(join(types, 'src', 'npm.d.ts'), join(out, 'index.d.ts'))
rmSync(types, { recursive: true })

const described = {
  name: 'fifthclick',
  version,
  description:
    'The Fifth Click tracker: capture, transport and the drawing of offers, from your own server. No dependencies.',
  license,
  type: 'module',
  sideEffects: ['./index.js', './chunks/*.js'],
  exports: { '.': { types: './index.d.ts', import: './index.js' } },
  types: './index.d.ts',
  files: ['index.js', 'index.d.ts', 'chunks'],
}
writeFileSync(join(out, 'package.json'), `${JSON.stringify(described, null, 2)}\n`)
writeFileSync(
  join(out, 'README.md'),
  "# fifthclick\n\n```ts\nimport { load } from 'fifthclick'\n\nconst fc = load({ site: 'pk_...', host: 'https://fc.example.com/_fc' })\n```\n\nThe server and its documentation are in the repository: docs/serving.md, docs/tracker.md.\n",
)
