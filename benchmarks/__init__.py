"""Measurements beside the product: the note, phases, the race against peers, two versions side by side."""
