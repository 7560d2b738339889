/** The renderer's door. */
export const offer = () => {}
export const withdraw = () => {}
export const clear = () => {}
