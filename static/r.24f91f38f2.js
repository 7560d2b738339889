var o=()=>{},t=()=>{},r=()=>{};export{r as clear,o as offer,t as withdraw};
