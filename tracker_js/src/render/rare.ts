/** What most pages never need: a bundle of its own, which comes with the first modal, or as the first form is sent. */

export { isLanding, open } from './modal'
export { send } from './send'
