import { vi } from 'vitest'

/** Modules hold state, so each test takes its own. `storage` is what the tab has kept. */
export async function fresh(site = 'pk_test') {
  vi.resetModules()
  const config = await import('../src/config')
  const script = document.createElement('script')
  script.setAttribute('data-site', site)
  script.src = 'https://shop.example/_fc/t.js'
  config.readConfig(script)
  return config
}

export async function freshQueue() {
  await fresh()
  return import('../src/queue')
}
