import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const folder = join(__dirname, '..', 'src')
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))

test.each(files)('%s writes no markup, keeps no cookie and stops no event of the shop', (name) => {
  const source = readFileSync(join(folder, name), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
  expect(source).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/)
  expect(source).not.toMatch(/document\.cookie|localStorage|indexedDB|beforeunload|'unload'/)
  // Only our own form is kept from leaving the page, and Tab from leaving our own modal: both in our own shadow root.
  const ours = ['email_capture.ts', 'modal.ts'].map((file) => join('render', file))
  if (!ours.includes(name)) expect(source).not.toMatch(/preventDefault|stopPropagation/)
})

test.each(files)('%s stays under 250 lines', (name) => {
  expect(readFileSync(join(folder, name), 'utf8').split('\n').length).toBeLessThan(250)
})
