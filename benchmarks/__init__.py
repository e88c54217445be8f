"""How quick and how small the engine is, as ratios to a bare floor that is measured in the same run."""
