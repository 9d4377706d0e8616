"""A shared answer is made once for many, and never older than the question allows."""

import asyncio

import pytest

from interfaces.outbound.coalescing import Shared


class Maker:
    """Makes numbers, each when it is told to."""

    def __init__(self) -> None:
        self.made = 0
        self.begun = 0
        self.go = asyncio.Event()
        self.go.set()
        self.error: Exception | None = None

    async def __call__(self) -> int:
        self.begun += 1
        mine = self.begun
        await self.go.wait()
        if self.error is not None:
            raise self.error
        self.made += 1
        return mine


async def test_whoever_asks_while_one_is_made_shares_the_next() -> None:
    """The first gets the first answer; all who came later share one that began after them."""
    maker = Maker()
    shared = Shared(maker)
    maker.go.clear()
    first = asyncio.ensure_future(shared.get())
    while not maker.begun:
        await asyncio.sleep(0)
    others = [asyncio.ensure_future(shared.get()) for _ in range(20)]
    await asyncio.sleep(0)
    maker.go.set()
    assert await first == 1
    assert await asyncio.gather(*others) == [2] * 20
    assert maker.made == 2
    assert await shared.get() == 3


async def test_a_fresh_answer_is_told_again_if_it_is_enough() -> None:
    maker = Maker()
    shared = Shared(maker, reuse_seconds=60.0)
    assert await shared.get() == 1
    assert await shared.get() == 1
    assert await shared.get(lambda answer: answer >= 2) == 2
    assert await shared.get() == 2


async def test_one_who_gives_up_spoils_nothing_for_others() -> None:
    maker = Maker()
    shared = Shared(maker)
    maker.go.clear()
    impatient, patient = (asyncio.ensure_future(shared.get()) for _ in range(2))
    await asyncio.sleep(0.01)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    maker.go.set()
    assert await patient == 1


async def test_a_failure_reaches_all_who_waited_and_nobody_later() -> None:
    maker = Maker()
    shared = Shared(maker, reuse_seconds=60.0)
    maker.error = RuntimeError("away")
    found = await asyncio.gather(shared.get(), shared.get(), return_exceptions=True)
    assert [str(each) for each in found] == ["away", "away"]
    maker.error = None
    assert await shared.get() == maker.begun
