/** A discount or a gift, with its code, its terms and its deadline: the way to it is what any honoured offer has. */

export { draw } from './content'
