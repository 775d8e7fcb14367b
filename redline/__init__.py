"""Red lines (四(四)): the lists, violations and touches, orders to correct, removals, reviews."""
