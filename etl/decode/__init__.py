"""From an answer's bytes to frames: decompressed, taken out of its envelope, and read by the stream's schema."""
