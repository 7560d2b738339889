"""What is counted and timed, under the names that dashboards expect. No ids in labels, ever."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

_LATENCY_BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)

EVENTS_RECEIVED = Counter(
    "fifthclick_events_received", "Events by site and what became of them.", ["site", "state"], registry=REGISTRY
)
EVENTS_REJECTED = Counter("fifthclick_events_rejected", "Events not taken, by reason.", ["reason"], registry=REGISTRY)
CONNECTIONS_REFUSED = Counter(
    "fifthclick_connections_refused", "Connections closed or refused, by reason.", ["reason"], registry=REGISTRY
)
TOKENS_REFUSED = Counter("fifthclick_tokens_refused", "Tokens not opened, by reason.", ["reason"], registry=REGISTRY)
REDACTIONS = Counter("fifthclick_redactions", "Strings cut at ingest because they looked personal.", registry=REGISTRY)
DECISIONS = Counter(
    "fifthclick_decisions", "New answers of the policy.", ["site", "segment", "outcome"], registry=REGISTRY
)
SUPPRESSED = Counter("fifthclick_suppressed", "Why nothing was chosen.", ["site", "reason"], registry=REGISTRY)
ACTIONS_SHOWN = Counter("fifthclick_actions_shown", "Offers seen.", ["site", "action"], registry=REGISTRY)
CLAIMS = Counter("fifthclick_claims", "Claims by what became of them.", ["site", "result"], registry=REGISTRY)
ORDERS = Counter(
    "fifthclick_orders_received",
    "What shops' servers told of orders, by how it was told and what became of it.",
    ["site", "source", "result"],
    registry=REGISTRY,
)
FRAMES_WRITTEN = Counter("fifthclick_frames_written", "Frames that the writer stored.", registry=REGISTRY)
ROWS_WRITTEN = Counter("fifthclick_rows_written", "Rows that the writer stored.", ["table"], registry=REGISTRY)
OUTCOMES_WRITTEN = Counter("fifthclick_outcomes_written", "Outcome rows that settle wrote.", registry=REGISTRY)
EXPLANATIONS_WRITTEN = Counter("fifthclick_explanations_written", "Decisions explained.", registry=REGISTRY)
SESSIONS_DROPPED = Counter(
    "fifthclick_sessions_dropped", "Live sessions let go because the log was down too long.", registry=REGISTRY
)

WS_CONNECTIONS = Gauge("fifthclick_ws_connections", "Open WebSockets.", registry=REGISTRY)
WRITE_QUEUE_ROWS = Gauge("fifthclick_write_queue_rows", "Records not yet in the log.", registry=REGISTRY)
EVENT_LOOP_LAG = Gauge("fifthclick_event_loop_lag_seconds", "How late the event loop wakes.", registry=REGISTRY)
EXPLANATIONS_WAITING = Gauge(
    "fifthclick_explanations_waiting", "Decisions not explained yet, or for lack of their model.", registry=REGISTRY
)
BUDGET_LEFT = Gauge(
    "fifthclick_budget_left_minor",
    "Of today's budget, what no process has leased yet, as this one last saw it.",
    ["site", "action"],
    registry=REGISTRY,
)
BUDGET_IN_HAND = Gauge(
    "fifthclick_budget_in_hand_minor",
    "What this process has leased and not used.",
    ["site", "action"],
    registry=REGISTRY,
)
CODES_LEFT = Gauge("fifthclick_codes_left", "Codes that nobody has taken.", ["site", "pool"], registry=REGISTRY)
MODEL_INFO = Gauge("fifthclick_model_info", "The loaded model.", ["version"], registry=REGISTRY)

DECISION_SECONDS = Histogram(
    "fifthclick_decision_duration_seconds",
    "Event in to action out, on the server.",
    buckets=_LATENCY_BUCKETS,
    registry=REGISTRY,
)
EVENT_TO_ACTION_SECONDS = Histogram(
    "fifthclick_event_to_action_seconds",
    "The deciding event's capture to the first frame that holds the offer, as the browser measured it.",
    buckets=_LATENCY_BUCKETS,
    registry=REGISTRY,
)
EXPLANATION_SECONDS = Histogram(
    "fifthclick_explanation_delay_seconds",
    "From a decision's row to its explanation.",
    buckets=(0.5, 1, 2, 5, 10, 30, 60, 600),
    registry=REGISTRY,
)
INFERENCE_SECONDS = Histogram(
    "fifthclick_inference_duration_seconds", "One step of the model.", buckets=_LATENCY_BUCKETS, registry=REGISTRY
)
