"""The short form of `python -m bench.order`."""

from bench.order import correlated, independent


def test_the_index_is_the_cheapest_of_all_orders_of_independent_providers() -> None:
    assert independent(200, tried=15) == 200


def test_the_index_after_each_miss_is_near_the_best_policy_where_misses_are_correlated() -> None:
    excess = correlated(40)
    assert excess["index, after each miss"].mean <= 0.01
    assert excess["index, after each miss"].mean < excess["index, once"].mean
    assert excess["index, once"].mean < excess["cheapest list price first"].mean
