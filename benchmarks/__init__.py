"""Benchmarks: what the site costs, each figure beside its limit and a reference in the same run.

`make bench` runs all of them and writes docs/benchmarks.md. A benchmark is a module: ABOUT says
what it measures, in one sentence, and run() yields one Measurement for each figure. Modules that
begin with an underscore are what they share.
"""
