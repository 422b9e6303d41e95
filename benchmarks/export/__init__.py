"""Whole exports timed side by side: `etl`, a bare copy script, and the usual tools, against one load server.

python -m benchmarks.export --help
"""
