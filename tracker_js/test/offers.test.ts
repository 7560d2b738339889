import { expect, test, vi } from 'vitest'

async function offers(late: string) {
  vi.resetModules()
  const config = await import('../src/config')
  const script = document.createElement('script')
  script.setAttribute('data-site', 'pk_test')
  // The chunk's name is added behind the slashes, where it is a comment.
  script.setAttribute('data-host', `data:text/javascript,${encodeURIComponent(late)}//`)
  script.src = 'https://shop.example/_fc/t.js'
  config.readConfig(script)
  return import('../src/offers')
}

test('a late chunk that fails as it begins fails nothing else, and one that can be had is used once it is here', async () => {
  const { withLate } = await offers('export const watch = () => { throw new Error("late") }')
  const used = vi.fn()
  await expect(
    withLate((late) => {
      used()
      late.watch({} as never)
    }),
  ).resolves.toBeUndefined()
  expect(used).toHaveBeenCalledTimes(1)
})

test('a late chunk that cannot be had is no error of the page', async () => {
  const { withLate } = await offers('this is no module')
  const used = vi.fn()
  await expect(withLate(used)).resolves.toBeUndefined()
  expect(used).not.toHaveBeenCalled()
})
