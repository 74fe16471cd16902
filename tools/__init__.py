"""Programs behind `make`: generated files in step with the code, keys, deploying."""
