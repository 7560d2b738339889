"""The rules that a new shop starts with: it watches, and shows nothing until the merchant says what.

Every line that is commented out is an example that works; a test uncomments them all and reads the result.
"""

NEW_SITE_RULES = """\
# The rules of this shop. docs/merchant.md explains each line.
# fifthclick rules pull SITE > rules.toml        this file
# fifthclick check-config rules.toml --site SITE names every mistake with its line
# fifthclick rules publish SITE rules.toml       live within 5 seconds

[goals.purchase]
event = "purchase"

[segments]
likely_to_buy_at = 0.7     # a chance to buy from here on: we step aside
on_the_fence_at = 0.15     # from here on: an offer may decide it

[pacing]                   # times in milliseconds
quiet_ms = 5000            # nothing so soon after landing
after_page_views = 4       # the model needs a few clicks
gap_ms = 45000             # between two offers
shows_per_session = 3
shows_per_action = 2
valid_ms = 15000           # an offer that finds no calm moment by then is dropped

[arms]
holdout_share = 0.1        # never shown anything, so that the lift is real
experiment = "baseline"    # a new name starts a new run
control_share = 0.0
new_action_share = 0.5     # while an action is new, half go without, so that its worth is known soon

[money]                    # what an order earns decides whether an offer is worth its price: put your own numbers
margin_share = 0.4         # of an order's value, before offers
least_margin_minor = 0     # what an offer must leave of it
shipping_cost_minor = 0    # what sending one order costs

# [look]                   # how offers look; all of it may be left out
# accent = "#0b5d4e"       # of buttons; a colour that nobody could read is mended
# corner = "bottom-end"    # of cards

# What may be shown: of what fits, the action from which most margin is expected. Take the "#" away and put your own texts
# and addresses.

# [[actions]]
# id = "free-shipping"
# segments = ["on_the_fence"]
# [actions.action]
# type = "free_shipping"
# title = "Free shipping on this order"
# text = "It is added at the checkout."
# threshold_minor = 5000   # 50.00 in the currency of the cart
# honour = { by = "code", code = "FREESHIP" }

# [[actions]]
# id = "newsletter"
# segments = ["unlikely_to_buy"]
# trigger = "exit_intent"
# [actions.action]
# type = "email_capture"
# title = "New things, once a month"
# form_url = "https://shop.example/newsletter"
# consent = "We use your address for our monthly letter and nothing else."

# [[actions]]
# id = "guide"
# segments = ["unlikely_to_buy"]
# [actions.action]
# type = "content"
# title = "How to choose"
# url = "https://shop.example/guide"

# [[actions]]
# id = "filter"
# segments = ["likely_to_buy", "on_the_fence"]
# pages = ["cart"]
# [actions.action]
# type = "upsell"
# title = "Goes well with it"
# url = "https://shop.example/p/filter"
# price_minor = 900
# currency = "EUR"

# [[actions]]
# id = "goes-with-it"
# segments = ["likely_to_buy", "on_the_fence"]
# pages = ["cart"]
# [actions.action]
# type = "cross_sell"      # up to three products of your catalogue
# title = "Often bought with it"

# [[actions]]
# id = "first-order"
# segments = ["on_the_fence"]
# frictions = ["price_doubt"]
# cost_share = 0.1
# [actions.action]
# type = "incentive"
# title = "10 % off your first order"
# honour = { by = "code", code = "HELLO10" }

# [[actions]]
# id = "found-it"
# segments = ["unlikely_to_buy"]
# trigger = "exit_intent"
# [actions.action]
# type = "satisfaction"    # answered with one tap, 1 to 5
# title = "Did you find what you were looking for?"

# [[actions]]
# id = "help"
# segments = ["on_the_fence", "unlikely_to_buy"]
# frictions = ["open_question"]
# [actions.action]
# type = "assistance"
# title = "Questions? Ask us."
# url = "https://shop.example/help"
"""
