"""The note on the flagship: solved cases become docs/data/stargate/*.csv, those become docs/stargate.md."""
