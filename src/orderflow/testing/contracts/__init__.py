"""The contract suites: what each port promises, as pytest classes with a fixture to override."""
