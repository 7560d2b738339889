/** What members get, and the way to join; the points are in the merchant's words. */

export { draw } from './content'
