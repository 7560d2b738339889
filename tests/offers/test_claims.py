"""Claims on a real database: each code once, the same answer again, and a deadline that holds."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from server.offers.claims import Claimed, Claims
from server.store.pool import StoreUnavailable
from tests.offers.claiming import SITE, add_codes, ticket
from tests.store.visits import NOON_MS, session_of, shop


@pytest.fixture
async def claims(postgres_url: str) -> AsyncIterator[Claims]:
    await shop(postgres_url)
    claims = Claims(postgres_url)
    yield claims
    await claims.close()


async def test_no_code_is_given_twice_and_each_visit_gets_one_however_often_and_wherever_it_asks(
    claims: Claims, postgres_url: str
) -> None:
    await add_codes(postgres_url, 20)
    others = [claims, *(Claims(postgres_url) for _ in range(3))]
    asked = [(number, process) for number in range(1, 31) for process in others]
    answers = await asyncio.gather(
        *(process.claim(SITE, session_of(number), ticket(number), now_ms=NOON_MS) for number, process in asked)
    )
    for other in others[1:]:
        await other.close()
    by_visit: dict[int, set[str | None]] = {}
    for (number, _), answer in zip(asked, answers, strict=True):
        by_visit.setdefault(number, set()).add(answer.code if isinstance(answer, Claimed) else answer)
    given = [next(iter(found)) for found in by_visit.values() if found != {"no_codes"}]
    assert all(len(found - {"no_codes"}) <= 1 for found in by_visit.values()), "one visit, one code"
    assert sorted(str(code) for code in given) == sorted(set(map(str, given))), "one code, one visit"
    assert len(set(given)) == 20
    assert sum(isinstance(answer, Claimed) and answer.is_new for answer in answers) == 20


async def test_a_second_offer_of_the_same_action_brings_the_same_code(claims: Claims, postgres_url: str) -> None:
    await add_codes(postgres_url, 3)
    first = await claims.claim(SITE, session_of(1), ticket(1), now_ms=NOON_MS)
    again = await claims.claim(SITE, session_of(1), ticket(2), now_ms=NOON_MS + 60_000)
    assert first == Claimed("WELCOME-1", None, is_sample=False, is_new=True)
    assert again == Claimed("WELCOME-1", None, is_sample=False, is_new=False)


# shows: G5
async def test_a_deadline_holds_and_what_was_claimed_in_time_stays_claimed(claims: Claims, postgres_url: str) -> None:
    await add_codes(postgres_url, 3)
    ends_ms = NOON_MS + 15 * 60_000
    mine, late = ticket(1, deadline_ms=ends_ms), ticket(2, deadline_ms=ends_ms)
    first = await claims.claim(SITE, session_of(1), mine, now_ms=ends_ms - 1)
    assert first == Claimed("WELCOME-1", ends_ms, is_sample=False, is_new=True)
    assert await claims.claim(SITE, session_of(2), late, now_ms=ends_ms) == "deadline_passed"
    assert await claims.claim(SITE, session_of(1), mine, now_ms=ends_ms + 1) == first._replace(is_new=False)


async def test_an_empty_pool_leaves_no_claim_behind(claims: Claims, postgres_url: str) -> None:
    await add_codes(postgres_url, 1)
    assert isinstance(await claims.claim(SITE, session_of(1), ticket(1), now_ms=NOON_MS), Claimed)
    assert await claims.claim(SITE, session_of(2), ticket(2), now_ms=NOON_MS) == "no_codes"
    connection = await asyncpg.connect(postgres_url)
    assert await connection.fetchval("SELECT count(*) FROM marts.claims") == 1
    await connection.execute("INSERT INTO config.codes (site_id, pool, code) VALUES ('shop', 'welcome', 'LATER')")
    await connection.close()
    later = await claims.claim(SITE, session_of(2), ticket(2), now_ms=NOON_MS)
    assert later == Claimed("LATER", None, is_sample=False, is_new=True)


async def test_previews_and_simulations_get_a_sample_and_take_nothing_from_the_pool(
    claims: Claims, postgres_url: str
) -> None:
    await add_codes(postgres_url, 1)
    sample = await claims.claim(SITE, session_of(1), ticket(1, traffic="simulated"), now_ms=NOON_MS)
    assert isinstance(sample, Claimed)
    assert sample.is_sample
    assert str(sample.code).startswith("SAMPLE-")
    assert await claims.claim(SITE, session_of(1), ticket(1, traffic="simulated"), now_ms=NOON_MS) == sample._replace(
        is_new=False
    )
    [stock] = await claims.stock()
    assert (stock.free_count, stock.is_low) == (1, True)
    real = await claims.claim(SITE, session_of(2), ticket(2), now_ms=NOON_MS)
    assert real == Claimed("WELCOME-1", None, is_sample=False, is_new=True)


async def test_a_code_that_everybody_gets_and_an_offer_without_one_are_kept_as_claims_too(claims: Claims) -> None:
    everybody = await claims.claim(SITE, session_of(1), ticket(1, pool="", code="SHIP"), now_ms=NOON_MS)
    landing = await claims.claim(SITE, session_of(1), ticket(2, pool="", action_id="landing"), now_ms=NOON_MS)
    assert everybody == Claimed("SHIP", None, is_sample=False, is_new=True)
    assert landing == Claimed(None, None, is_sample=False, is_new=True)


async def test_of_a_claim_and_a_word_that_the_offer_was_withheld_the_first_holds(
    claims: Claims, postgres_url: str
) -> None:
    await add_codes(postgres_url, 5)
    assert await claims.void(SITE, ticket(1).decision_id, session_of(1)) is True
    assert await claims.void(SITE, ticket(1).decision_id, session_of(1)) is False, "its cost returns once"
    assert await claims.claim(SITE, session_of(1), ticket(1), now_ms=NOON_MS) == "withheld"
    assert isinstance(await claims.claim(SITE, session_of(2), ticket(2), now_ms=NOON_MS), Claimed)
    assert await claims.void(SITE, ticket(2).decision_id, session_of(2)) is False


async def test_without_a_store_it_says_so_and_no_promise_is_made(free_port: int) -> None:
    nowhere = Claims(f"postgresql://nobody@127.0.0.1:{free_port}/none")
    with pytest.raises(StoreUnavailable):
        await nowhere.claim(SITE, session_of(1), ticket(1), now_ms=NOON_MS)
    with pytest.raises(StoreUnavailable):
        await nowhere.stock()
