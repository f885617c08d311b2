"""What the fuzzer of the API knows beyond the specification."""
