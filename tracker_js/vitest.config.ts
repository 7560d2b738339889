import { defineConfig } from 'vitest/config'

export default defineConfig({
  define: { LATE: '"l.test.js"' },
  test: { environment: 'happy-dom', setupFiles: ['test/setup.ts'], include: ['test/**/*.test.ts'], restoreMocks: true, unstubGlobals: true },
})
