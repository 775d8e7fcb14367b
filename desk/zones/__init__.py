"""What the pages of zones show: the overview, lists, rosters and figures over time."""
