"""What the fuzzer of the API is told beyond the specification."""
