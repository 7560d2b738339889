"""Made-up shoppers with a known intent and a known answer to each action: what a model can be checked against.

`shop.toml` holds every number, `intents` its shape, `parameters` reads it; `shopper` draws one visitor, `walk` says where
she goes next, `visit` what she does on a page, `play` strings it together as events in virtual time, `client` plays it
over real sockets. `oracle` says what a visit is worth (`seen`, `belief`, `stays`, `chain` are its parts,
`continuations` its cross-check), `planted` plants a reason to hesitate, `experiments` draws
whole experiments at once. docs/simulator.md is the way in.
"""
