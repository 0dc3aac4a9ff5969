"""How fast the platform is, beside what it could be: `make bench`, described in docs/benchmarks.md."""
