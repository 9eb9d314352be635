"""The plan's tables as the audit recomputes them, a file for each kind, and how each column is compared."""
