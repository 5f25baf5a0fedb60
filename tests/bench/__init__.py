"""Measurements against baselines, ours and theirs in turn: `./dev bench`."""
