"""`make bench`: Poolgate against its limits and its peers, in one run on one machine.

Each measurement has a module in bench/rows. Contestants take turns, round by round, so that a
machine that warms up or is disturbed treats all alike; the table shows ratios of medians.
"""
