"""How fast and how small Golden Hour is, as ratios to a bare Temporal in the same run: `make bench`."""
