/** happy-dom lays nothing out: there is nothing at any point of the window. */

document.elementsFromPoint ??= () => []
