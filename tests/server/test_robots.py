"""A robot at the door: known by its own name or its browser's, offered nothing, and its User-Agent kept nowhere."""

import asyncio

import pytest
from msgspec import Raw

from core.records import Record, ToldReason, Traffic
from core.wire import encode
from server.net.robots import Robots
from tests.server.serving import Served, acked, browser
from tests.support.builders import ORIGIN, STREAM, frame, hello, page_view

GOOGLEBOT = (
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    " Chrome/141.0.0.0 Safari/537.36"
)
HEADLESS = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/141.0.0.0 Safari/537.36"
)
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
)

ODD = {
    "a phone that is called Cubot": "Mozilla/5.0 (Linux; Android 11; CUBOT X30) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/120.0.0.0 Mobile Safari/537.36",
    "inside Facebook": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Mobile/15E148 [FBAN/FBIOS;FBAV/470.0;FBDV/iPhone15,2;FBSN/iOS;FBSV/17.5]",
    "inside Instagram": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Mobile/21F90 Instagram 334.0.0 (iPhone15,2; iOS 17_5; de_DE)",
    "inside Pinterest": "Mozilla/5.0 (Linux; Android 13; SM-G991B; wv) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Version/4.0 Chrome/120.0.0.0 Mobile Safari/537.36 [Pinterest/Android]",
    "inside Google's app": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) GSA/320.0 Mobile/15E148 Safari/604.1",
    "Opera Mini": "Opera/9.80 (Android; Opera Mini/36.2/191.249; U; en) Presto/2.12.423 Version/12.16",
    "a television": "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/94.0 Safari/537.36"
    " WebAppManager",
    "Pale Moon": "Mozilla/5.0 (Windows NT 10.0; rv:102.0) Gecko/20100101 Goanna/6.7 Firefox/102.0 PaleMoon/33.1.0",
    "an old Internet Explorer": "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
    "an e-book reader": "Mozilla/5.0 (X11; U; Linux armv7l like Android; en-us) AppleWebKit/531.2+ (KHTML, like Gecko)"
    " Version/5.0 Safari/533.2+ Kindle/3.0+",
    "Yandex Browser": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0"
    " YaBrowser/24.4.0.0 Safari/537.36",
    "a shop's own app": "Mozilla/5.0 (Linux; Android 13) Chrome/120 Mobile Safari/537.36 MyShop/3.1 okhttp/4.9",
    "our own simulator": "Python/3.11 websockets/16.0",
    "no name at all": "",
}


# shows: A9
@pytest.mark.parametrize("user_agent", ODD.values(), ids=ODD.keys())
def test_a_person_with_an_odd_browser_is_no_robot(user_agent: str) -> None:
    assert Robots().reason_of(user_agent) is None


@pytest.mark.parametrize(
    ("user_agent", "reason"),
    [
        (GOOGLEBOT, "named"),
        ("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", "named"),
        (
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
            "named",
        ),
        ("Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", "named"),
        ("Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)", "named"),
        (HEADLESS, "automated"),
        (CHROME, None),
    ],
)
def test_a_robot_is_known_by_its_name_and_the_answer_is_remembered(user_agent: str, reason: ToldReason | None) -> None:
    robots = Robots()
    assert [robots.reason_of(user_agent), robots.reason_of(user_agent)] == [reason, reason]
    assert user_agent not in repr(vars(robots)), "remembered by a salted hash alone"


def test_a_header_without_end_costs_no_more_than_a_browsers() -> None:
    assert Robots().reason_of(CHROME + "x" * 100_000 + GOOGLEBOT) is None


@pytest.mark.parametrize(
    ("user_agent", "traffic", "reason"),
    [(GOOGLEBOT, "bot", "named"), (HEADLESS, "live", "automated"), (CHROME, "live", None)],
)
@pytest.mark.parametrize("way", ["socket", "fetch", "beacon"])
async def test_every_way_in_knows_a_robot_and_logs_nothing_of_its_user_agent(
    way: str,
    user_agent: str,
    traffic: Traffic,
    reason: ToldReason | None,
    server: Served,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if way == "socket":
        await _by_socket(server, user_agent)
    else:
        await _by_post(server, user_agent, reply=way == "fetch")
    [row] = [row for row in server.rows if isinstance(row, Record)]
    assert (row.traffic, row.bot_reason) == (traffic, reason)
    logged = b"".join(server.log.frames) + capsys.readouterr().out.encode()
    assert not any(word in logged for word in (b"Mozilla", b"Googlebot", b"Headless"))


async def _by_socket(server: Served, user_agent: str) -> None:
    async with server.connect(user_agent=user_agent) as socket:
        await socket.send(hello())
        await socket.send(frame(page_view(1)))
        await acked(socket, STREAM, 1)


async def _by_post(server: Served, user_agent: str, *, reply: bool) -> None:
    body = encode([Raw(hello()), Raw(frame(page_view(1)))])
    headers = {"User-Agent": user_agent, "Origin": ORIGIN}
    async with (
        browser() as client,
        client.post(f"{server.url}/_fc/v1/events?reply={reply:d}", data=body, headers=headers) as got,
    ):
        assert got.status in (200, 204)
    async with asyncio.timeout(10):
        while not server.rows:
            await asyncio.sleep(0.01)
