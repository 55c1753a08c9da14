"""A model says the same to the bit whether one asks it or many do, in threads and in processes of any start."""

from __future__ import annotations

import os

import pytest

from tests.model.side_by_side import METHODS, asked, at_work, forked, in_processes, in_threads, trained

FORKS = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")


@pytest.mark.parametrize("function", [asked, trained])
def test_threads_side_by_side_say_what_each_says_alone(function):
    alone = [function(number) for number in range(3)]
    assert len(set(alone)) == 3, "else this tests nothing"
    assert in_threads(function, 6) == alone * 2


@FORKS
@pytest.mark.parametrize("method", METHODS)
def test_processes_of_any_start_say_what_this_one_says(method):
    assert in_processes(asked, 2, method) == [asked(0), asked(1)]


@FORKS
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on Windows")
@pytest.mark.parametrize("function", [asked, trained])
def test_a_process_that_is_forked_while_others_ask_and_train_says_the_same(function):
    expected = function(0)
    with at_work(function):
        assert all(forked(function, expected) for _ in range(4))
