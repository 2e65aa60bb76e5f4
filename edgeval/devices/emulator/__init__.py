"""The emulated target: a Unicorn machine built from the target's TOML, stricter than the chip."""
