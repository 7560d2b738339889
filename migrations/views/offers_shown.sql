-- offers_shown --
-- What became of each offer, from the choice to the click, and how long did shoppers wait to see it?
CREATE VIEW marts.offers_shown AS
SELECT
    d.site_id,
    d.traffic,
    d.action_id,
    count(*)                                                   AS chosen_count,
    count(*) FILTER (WHERE d.is_delivered)                     AS delivered_count,
    count(x.shown_at)                                          AS shown_count,
    count(x.clicked_at)                                        AS clicked_count,
    count(x.dismissed_at)                                      AS dismissed_count,
    count(x.submitted_at)                                      AS submitted_count,
    count(x.withheld_at)                                       AS withheld_count,
    round(count(x.clicked_at)::numeric / nullif(count(x.shown_at), 0), 4)    AS click_share,
    round(count(x.dismissed_at)::numeric / nullif(count(x.shown_at), 0), 4)  AS dismissal_share,
    count(x.answer)                                            AS answer_count,
    round(avg(x.answer), 2)                                    AS mean_answer,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY x.after_ms)    AS p50_after_ms,
    percentile_disc(0.99) WITHIN GROUP (ORDER BY x.after_ms)   AS p99_after_ms
FROM marts.decisions AS d
LEFT JOIN marts.exposures AS x USING (site_id, decision_id)
WHERE d.action_id IS NOT NULL
GROUP BY d.site_id, d.traffic, d.action_id;
COMMENT ON VIEW marts.offers_shown IS 'What became of each offer, from the choice to the click, and how long did shoppers wait to see it?';
COMMENT ON COLUMN marts.offers_shown.site_id IS 'The shop.';
COMMENT ON COLUMN marts.offers_shown.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.offers_shown.action_id IS 'The configured action.';
COMMENT ON COLUMN marts.offers_shown.chosen_count IS 'Times it was chosen, in every arm.';
COMMENT ON COLUMN marts.offers_shown.delivered_count IS 'Times it was sent to the page.';
COMMENT ON COLUMN marts.offers_shown.shown_count IS 'Times it was on screen.';
COMMENT ON COLUMN marts.offers_shown.clicked_count IS 'Times it was clicked.';
COMMENT ON COLUMN marts.offers_shown.dismissed_count IS 'Times it was closed.';
COMMENT ON COLUMN marts.offers_shown.submitted_count IS 'Times its form went to the merchant.';
COMMENT ON COLUMN marts.offers_shown.withheld_count IS 'Times the page let it go unseen: typing, another layer, too late.';
COMMENT ON COLUMN marts.offers_shown.click_share IS 'clicked_count / shown_count.';
COMMENT ON COLUMN marts.offers_shown.dismissal_share IS 'dismissed_count / shown_count.';
COMMENT ON COLUMN marts.offers_shown.answer_count IS 'Answers to a satisfaction question.';
COMMENT ON COLUMN marts.offers_shown.mean_answer IS 'Their mean, from 1 to 5; null without an answer.';
COMMENT ON COLUMN marts.offers_shown.p50_after_ms IS 'Median wait from the deciding event''s capture to the first frame that holds the offer, in ms.';
COMMENT ON COLUMN marts.offers_shown.p99_after_ms IS 'The wait that 99 of 100 shoppers stay under, in ms.';
