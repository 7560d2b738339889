/** Help, offered and not pressed: drawn as a link to something worth reading is; without an address the page opens its own. */

export { draw } from './content'
