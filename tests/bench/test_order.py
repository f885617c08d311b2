"""The short form of `python -m bench.order`."""

import pytest

from bench.learning import learn
from bench.order import correlated, independent, second_place
from bench.quoted import covered


def test_the_index_is_the_cheapest_of_all_orders_of_independent_providers() -> None:
    assert independent(200, tried=15) == 200


def test_looking_ahead_is_the_best_policy_where_misses_are_correlated_and_the_index_is_near_it() -> None:
    excess = correlated(30)
    assert excess["look ahead"].worst <= 0.0001
    assert excess["index, after each miss"].mean <= 0.01
    assert excess["index, after each miss"].mean < excess["index, once"].mean
    assert excess["index, once"].mean < excess["cheapest list price first"].mean


def test_two_of_equal_skill_are_estimated_alike_though_one_is_nearly_always_asked_second() -> None:
    bias = second_place(20_000, explored=0.1)
    assert bias.estimated == pytest.approx((0.55, 0.55), abs=0.02)
    assert bias.raw[0] - bias.raw[1] > 0.2


def test_an_order_that_is_learned_from_nothing_costs_little_more_and_tries_within_its_share() -> None:
    learned = learn(400, seed=11)
    assert learned.excess <= 0.1
    assert 0 < learned.explored <= 0.02


def test_lists_come_to_what_was_quoted_in_about_nine_of_ten_markets() -> None:
    held = covered(12, seed=3)
    assert held.cost >= 9
    assert held.found >= 9
    assert held.width < 0.6
