"""One small problem solved by several systems on the same solver: `python -m benchmarks.race`."""
