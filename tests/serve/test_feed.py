"""The feed: numbered events, any number of readers at their own pace, bounded memory."""

from __future__ import annotations

import asyncio
import json
import threading

import pytest

from numnist.serve.training.feed import Feed, Message

KEEP = {"step": 3, "picture": 1}


def numbers(messages):
    return [message.number for message in messages]


async def all_of(feed, after=0):
    return [message async for message in feed.read(after, heartbeat=30)]


async def until(condition):
    """Let others run until it is so; bounded, so that a mistake fails."""
    for _ in range(10_000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it did not happen")


def test_an_event_is_written_as_browsers_read_it():
    feed = Feed(KEEP)
    feed.publish("step", {"loss": 0.5, "label": "ü\nx"})
    text = feed.since(0)[0].encode().decode()
    head, data = text[:-2].split("\ndata: ")
    assert head == "id: 1\nevent: step"
    assert text.endswith("\n\n")
    assert "\n" not in data
    assert json.loads(data) == {"loss": 0.5, "label": "ü\nx"}


def test_of_each_kind_the_last_are_kept_and_all_come_in_order():
    feed = Feed(KEEP)
    for i in range(10):
        feed.publish("picture" if i % 2 else "step", {"i": i})
    assert numbers(feed.since(0)) == [5, 7, 9, 10]
    assert numbers(feed.since(7)) == [9, 10]
    assert feed.since(10) == []


def test_numbers_that_are_not_finite_are_refused_and_told_to_nobody():
    feed = Feed(KEEP)
    with pytest.raises(ValueError, match="JSON compliant"):
        feed.publish("step", {"loss": float("nan")})
    assert feed.since(0) == []


def test_after_the_end_nothing_is_told():
    feed = Feed(KEEP)
    feed.publish("step", {})
    feed.end()
    feed.publish("step", {})
    assert numbers(asyncio.run(all_of(feed))) == [1]
    assert asyncio.run(all_of(feed, after=1)) == []


def test_readers_get_what_was_and_what_comes_from_another_thread_until_the_end():
    async def main():
        feed = Feed(KEEP)
        feed.publish("step", {"i": 0})
        readers = [asyncio.create_task(all_of(feed, after)) for after in (0, 0, 1)]
        await until(lambda: feed.readers == 3)

        def publish():
            feed.publish("step", {"i": 1})
            feed.publish("picture", {})
            feed.end()

        thread = threading.Thread(target=publish)
        thread.start()
        read = await asyncio.wait_for(asyncio.gather(*readers), 30)
        thread.join()
        assert [numbers(messages) for messages in read] == [[1, 2, 3], [1, 2, 3], [2, 3]]
        assert feed.readers == 0

    asyncio.run(main())


def test_a_slow_reader_misses_what_newer_events_replaced_and_holds_up_nobody():
    async def main():
        feed = Feed(KEEP)
        feed.publish("step", {})
        reading = feed.read()
        assert (await anext(reading)).number == 1
        for _ in range(1000):
            feed.publish("step", {})
            feed.publish("picture", {})
        feed.end()
        assert numbers([message async for message in reading]) == [1996, 1998, 2000, 2001]

    asyncio.run(main())


def test_silence_is_broken_by_a_sign_of_life():
    async def main():
        feed = Feed(KEEP)
        reading = feed.read(heartbeat=0.001)
        assert await anext(reading) is None
        assert await anext(reading) is None
        feed.publish("step", {})
        assert await anext(reading) == Message(1, "step", "{}")
        await reading.aclose()

    asyncio.run(main())


def test_a_reader_that_leaves_is_forgotten():
    async def main():
        feed = Feed(KEEP)
        waiting = asyncio.create_task(all_of(feed))
        await until(lambda: feed.readers == 1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert feed.readers == 0
        feed.publish("step", {})  # wakes nobody

    asyncio.run(main())


def test_a_reader_whose_loop_has_ended_stops_nobody():
    feed = Feed(KEEP)
    loop = asyncio.new_event_loop()
    reading = feed.read()
    first = loop.create_task(reading.__anext__())
    loop.run_until_complete(asyncio.sleep(0))
    first.cancel()
    loop.run_until_complete(asyncio.gather(first, return_exceptions=True))
    left = feed.read()
    second = loop.create_task(left.__anext__())
    loop.run_until_complete(asyncio.sleep(0))
    readers = dict(feed._readers)
    second.cancel()
    loop.run_until_complete(asyncio.gather(second, return_exceptions=True))
    loop.close()
    feed._readers |= readers  # as if they had not been able to leave
    feed.publish("step", {})
    assert numbers(feed.since(0)) == [1]
