"""The whole suite on one machine, for development and tests: `./dev run`, `up` and `test`."""
