"""The exchange while all fails: processes killed, connections cut, writers racing.

`python -m benchmarks.chaos` runs it in full, `tests/outage` in small. A seed draws what
fails and when; the operating system's scheduling is not drawn, so two runs with one
seed meet the same faults but not at the same instruction.
"""
