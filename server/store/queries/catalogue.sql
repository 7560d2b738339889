-- save_products --
-- What a file or saved pages tell of products wins over what events tell; a field that is left out keeps what was known.
INSERT INTO marts.catalogue AS known (
    site_id, item_id, title, category, url, image_url, price_minor, margin_minor, currency, is_in_stock, source, seen_at
)
SELECT $1, item_id, title, category, url, image_url, price_minor, margin_minor, currency, is_in_stock, $11, now()
FROM unnest(
    $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::text[], $10::boolean[]
) AS told (item_id, title, category, url, image_url, price_minor, margin_minor, currency, is_in_stock)
ON CONFLICT (site_id, item_id) DO UPDATE
SET title        = coalesce(excluded.title, known.title),
    category     = coalesce(excluded.category, known.category),
    url          = coalesce(excluded.url, known.url),
    image_url    = coalesce(excluded.image_url, known.image_url),
    price_minor  = coalesce(excluded.price_minor, known.price_minor),
    margin_minor = coalesce(excluded.margin_minor, known.margin_minor),
    currency     = coalesce(excluded.currency, known.currency),
    is_in_stock  = excluded.is_in_stock,
    source       = excluded.source,
    seen_at      = excluded.seen_at
WHERE excluded.source <> 'events' OR known.source = 'events';

-- mark_unnamed_as_sold_out --
-- A file that is the whole catalogue: what it does not name cannot be bought any more.
UPDATE marts.catalogue
SET is_in_stock = false
WHERE site_id = $1
  AND is_in_stock
  AND item_id <> ALL ($2::text[]);

-- products --
-- Those that were told of since $2, or by the merchant, in order of id.
SELECT item_id, title, category, url, image_url, price_minor, margin_minor, currency, is_in_stock, source, seen_at
FROM marts.catalogue
WHERE site_id = $1
  AND (source <> 'events' OR seen_at >= $2)
ORDER BY item_id;

-- looks_at_items --
-- The last visits that looked at each item, at most five each, with the event and the page that it stood on: of items that
-- were looked at since $4, or that the catalogue does not know.
WITH looks AS (
    SELECT e.item_id, e.stream_day, e.stream_id, e.seq, e.occurred_at,
           row_number() OVER (PARTITION BY e.item_id, e.session_id ORDER BY e.occurred_at DESC) AS place_in_visit
    FROM raw.events AS e
    JOIN raw.session_touches AS t USING (site_id, session_id)
    WHERE e.site_id = $1
      AND e.event_type = 'view_item'
      AND e.stream_day >= $3
      AND t.traffic = ANY ($2)
      AND t.bot_reason IS NULL
      AND e.item_id <> ''
), latest AS (
    SELECT *, row_number() OVER (PARTITION BY item_id ORDER BY occurred_at DESC, stream_id) AS place
    FROM looks
    WHERE place_in_visit = 1
)
SELECT e.item_id, e.payload, e.occurred_at, page.path
FROM latest
JOIN raw.events AS e USING (stream_day, stream_id, seq)
LEFT JOIN LATERAL (
    SELECT p.path
    FROM raw.events AS p
    WHERE p.site_id = $1
      AND p.stream_day = e.stream_day
      AND p.stream_id = e.stream_id
      AND p.seq < e.seq
      AND p.event_type = 'page_view'
    ORDER BY p.seq DESC
    LIMIT 1
) AS page ON true
WHERE e.site_id = $1
  AND latest.place <= 5
  AND (
      latest.item_id IN (SELECT item_id FROM latest WHERE occurred_at >= $4)
      OR NOT EXISTS (SELECT FROM marts.catalogue AS c WHERE c.site_id = $1 AND c.item_id = latest.item_id)
  )
ORDER BY e.item_id, e.occurred_at DESC;

-- forget_shared_pages --
-- A page on which several products were looked at is the page of none of them: a list with a quick view, say.
UPDATE marts.catalogue AS c
SET url = NULL
FROM (SELECT url FROM marts.catalogue WHERE site_id = $1 GROUP BY url HAVING count(*) > 1) AS shared
WHERE c.site_id = $1
  AND c.source = 'events'
  AND c.url = shared.url;

-- counted_orders --
-- Orders since $3 that nothing has come back of, of visits that are what they seem to be.
SELECT o.traffic, o.order_id, o.session_id, o.stream_day, o.stream_id, o.seq
FROM marts.orders AS o
JOIN raw.session_touches AS t USING (site_id, session_id)
WHERE o.site_id = $1
  AND o.traffic = ANY ($2)
  AND t.traffic = ANY ($2)
  AND t.bot_reason IS NULL
  AND o.placed_at >= $3
  AND o.stream_id IS NOT NULL
  AND o.refunded_minor = 0
  AND NOT EXISTS (
      SELECT
      FROM raw.events AS r
      WHERE r.site_id = o.site_id
        AND r.order_id = o.order_id
        AND r.event_type = 'refund'
  )
ORDER BY o.placed_at, o.order_id;

-- order_events --
-- The purchase events with these keys: when (a browser's clock that runs ahead counts for nothing), what, and whether a
-- machine may have sent them: its pages follow too fast, or it bought without opening one.
SELECT p.stream_day, p.stream_id, p.seq, p.payload, least(p.occurred_at, p.received_at) AS bought_at,
       visit.is_machine
FROM raw.events AS p
JOIN unnest($2::date[], $3::bytea[], $4::bigint[]) AS wanted (stream_day, stream_id, seq) USING (stream_day, stream_id, seq)
CROSS JOIN LATERAL (
    SELECT count(*) = 0 OR marts.is_machine_pace(count(*), max(v.occurred_at) - min(v.occurred_at)) AS is_machine
    FROM raw.events AS v
    WHERE v.site_id = p.site_id
      AND v.session_id = p.session_id
      AND v.event_type = 'page_view'
) AS visit
WHERE p.site_id = $1;

-- make_together --
-- Which products were together in one visit or order; lives as long as the transaction.
CREATE TEMP TABLE together (visit bigint NOT NULL, item_id text NOT NULL) ON COMMIT DROP;

-- looked_at_together --
-- Products looked at in one visit of a person's. One that looked at more than $4 says nothing about likeness.
WITH looks AS (
    SELECT session_id, item_id, count(*) AS look_count, min(occurred_at) AS first_at, max(occurred_at) AS last_at
    FROM raw.events
    WHERE site_id = $1
      AND event_type = 'view_item'
      AND stream_day >= $3
      AND item_id <> ''
    GROUP BY session_id, item_id
), people AS (
    SELECT looks.session_id
    FROM looks
    JOIN raw.session_touches AS t ON t.site_id = $1 AND t.session_id = looks.session_id
    WHERE t.traffic = ANY ($2)
      AND t.bot_reason IS NULL
    GROUP BY looks.session_id
    HAVING count(*) <= $4
       AND NOT marts.is_machine_pace(sum(look_count)::bigint, max(last_at) - min(first_at))
)
INSERT INTO together (visit, item_id)
SELECT hashtextextended(session_id::text, 0), item_id
FROM looks
JOIN people USING (session_id);

-- item_counts --
SELECT item_id, count(*) AS visit_count
FROM together
GROUP BY item_id;

-- neighbours --
-- The $3 nearest of each product by shrunk cosine: n / (n + $2) * n / sqrt(count * count). Pairs seen less than $1 times say
-- nothing. Sources: Sarwar et al., "Item-based collaborative filtering recommendation algorithms" (2001), for the cosine;
-- Bell and Koren, "Improved neighborhood-based collaborative filtering" (2007), for the shrinkage.
WITH counts AS (
    SELECT item_id, count(*) AS visit_count
    FROM together
    GROUP BY item_id
), pairs AS (
    SELECT a.item_id, b.item_id AS other_id, count(*)::float8 AS pair_count
    FROM together AS a
    JOIN together AS b ON b.visit = a.visit AND b.item_id <> a.item_id
    GROUP BY a.item_id, b.item_id
    HAVING count(*) >= $1
), scored AS (
    SELECT p.item_id, p.other_id,
           pair_count / (pair_count + $2::float8) * pair_count / sqrt(a.visit_count::float8 * b.visit_count) AS score
    FROM pairs AS p
    JOIN counts AS a ON a.item_id = p.item_id
    JOIN counts AS b ON b.item_id = p.other_id
), nearest AS (
    SELECT *, row_number() OVER (PARTITION BY item_id ORDER BY score DESC, other_id) AS place
    FROM scored
)
SELECT item_id, array_agg(other_id ORDER BY place) AS other_ids, array_agg(score ORDER BY place) AS scores
FROM nearest
WHERE place <= $3
GROUP BY item_id;

-- publish_shelf --
-- Content that is the same is not written again; that it was counted again is.
INSERT INTO config.shelves AS known (site_id, kind, version, content, made_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (site_id, kind) DO UPDATE
SET version = excluded.version,
    content = CASE WHEN known.version = excluded.version THEN known.content ELSE excluded.content END,
    made_at = excluded.made_at;

-- shelf_versions --
SELECT site_id, kind, version, made_at
FROM config.shelves;

-- shelf_content --
SELECT version, content
FROM config.shelves
WHERE site_id = $1
  AND kind = $2;

-- sites_due --
-- Every site, and when its assortment was made.
SELECT s.site_id, s.is_demo, s.origins, made.made_at AS assortment_made_at
FROM config.sites AS s
LEFT JOIN config.shelves AS made ON made.site_id = s.site_id AND made.kind = 'assortment'
ORDER BY s.site_id;

-- ask_for_assortment --
-- The next count makes the assortment anew.
UPDATE config.shelves
SET made_at = 'epoch'
WHERE site_id = $1
  AND kind = 'assortment';
