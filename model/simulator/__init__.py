"""Made-up shoppers with a known intent and a known answer to each action: what a model can be checked against.

`intents` holds every number, `shopper` draws one visitor, `walk` says where she goes next, `visit` what she does on a
page, `play` strings it together as events in virtual time, `client` plays it over real sockets.
"""
