"""Sentences that stand on everything that leaves: on paper, in files and on the command line."""

INTERNAL = "仅供市场监管部门内部使用，不作为执法依据，不对外公开"
