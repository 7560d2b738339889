/** happy-dom lays nothing out and paints nothing: there is nothing at any point of the window, and what is there is in full view. */

document.elementsFromPoint ??= () => []

Object.defineProperty(CSSStyleDeclaration.prototype, 'opacity', { get: () => '1' })

globalThis.IntersectionObserver = class {
  private isOn = true
  constructor(private tell: (entries: object[]) => void) {}
  observe(): void {
    // Browsers tell it after the frame.
    requestAnimationFrame(() => setTimeout(() => this.isOn && this.tell([{ isIntersecting: true }])))
  }
  disconnect(): void {
    this.isOn = false
  }
} as unknown as typeof IntersectionObserver
