"""Every reason code of a decision, in words that a merchant understands. A test walks the checks and asks for each."""

UNAVAILABLE = ("no_budget", "no_codes", "nothing_to_show", "bot")
"""Why an action cannot be had just now, whatever the visit: the day's budget is spent, the pool of codes is empty, no
product or count is there to be shown, or nobody is there to see it."""

CHOSEN = "chosen"
STEPPED_ASIDE = "stepped_aside"
NOTHING_FITS = "nothing_fits"
NO_MODEL = "no_model"
OUTRANKED = "outranked"
PREVIEWED = "preview"

WORDS: dict[str, str] = {
    CHOSEN: "This offer fits now.",
    STEPPED_ASIDE: "Likely to buy: we step aside and let them check out.",
    NOTHING_FITS: "No configured action is meant for this shopper here.",
    NO_MODEL: "No model is loaded, so nothing is shown.",
    "killed": "Switched off at once by the kill switch.",
    "already_bought": "The shopper has bought: there is nothing to add.",
    "dismissed": "The shopper closed an offer: none follows in this visit.",
    "taken": "The shopper took an offer: that is enough for one visit.",
    "layer_open": "One offer is on the page already.",
    "on_its_way": "An offer is on its way to the page.",
    "payment_step": "Nothing is ever shown while the shopper pays.",
    "quiet_period": "The shopper has only just arrived.",
    "too_early": "Too few pages seen to judge.",
    "session_cap": "This visit has had as many offers as the rules allow.",
    "cooling_down": "The last offer was a moment ago.",
    "switched_off": "This action is switched off.",
    "no_discount_for_sure_buyers": "A sure buyer is never given a discount.",
    "other_segment": "This action is for another kind of visit.",
    "other_page": "This action belongs on other pages.",
    "kept_off_this_page": "This action stays away from this page.",
    "cart_too_small": "The cart is too small for this action.",
    "other_friction": "This action answers a hesitation that the shopper does not show.",
    "not_applicable": "The shopper has this already.",
    "score_too_low": "The score that this action asks for is not reached.",
    "score_too_high": "The score is above what this action is meant for.",
    "other_trend": "The score is moving another way than this action is meant for.",
    "path_not_taken": "The shopper has not taken the path that this action waits for.",
    "too_few_visits": "The pages that this action waits for were not opened often enough.",
    "too_few_events": "What this action waits for has not happened often enough.",
    "other_device": "This action is for another kind of device.",
    "other_source": "This action is for visits from elsewhere.",
    "other_visitor": "This action is for new or for returning visitors, and this is not one, as far as is known.",
    "other_hour": "This action is for another time of the day.",
    "too_soon": "This action waits for a longer visit.",
    "cart_too_large": "The cart is too large for this action.",
    "no_budget": "The day's budget for this action is spent.",
    "no_codes": "No code is left in the pool of this action.",
    "nothing_to_show": "There is no product or count that could be shown honestly.",
    "bot": "The visit says of itself that it is a robot's.",
    "deadline_passed": "The time for which this was offered is over.",
    "price_unknown": "What the order would be worth is not known yet, so nothing that costs money is offered.",
    "below_margin_floor": "The order would earn too little with this offer.",
    "not_worth_it": "More is expected from this visit without this action.",
    "action_cap": "This action was shown often enough.",
    "waits_for_exit_intent": "This action waits until the shopper is about to leave.",
    OUTRANKED: "Another action came first.",
    "waits_for_a_pause": "An offer fits and waits for a calm moment.",
    PREVIEWED: "A preview asks for this action, whatever its conditions say.",
    "once_a_page": "A preview shows its offer once on each page.",
}
