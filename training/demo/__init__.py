"""What `make demo` runs. Imports every room of training below it."""
