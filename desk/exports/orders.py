"""Exports of violations, of orders to correct and of removals, as their lists show them."""

from __future__ import annotations
