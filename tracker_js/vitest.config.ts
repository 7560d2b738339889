import { defineConfig } from 'vitest/config'

export default defineConfig({
  define: { LATE: '"l.test.js"' },
  test: {
    environment: 'happy-dom',
    setupFiles: ['test/setup.ts'],
    include: ['test/**/*.test.ts'],
    restoreMocks: true,
    unstubGlobals: true,
    // A limit ends what hangs; how long a test takes says how busy the machine is, and nothing of the program.
    testTimeout: 60_000,
  },
})
