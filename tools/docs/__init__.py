"""The docs site: what `make docs` adds to the pages of docs/, and how it is read there."""
