"""Figures of red lines and what waits about them: each number leads to the list it counts."""
