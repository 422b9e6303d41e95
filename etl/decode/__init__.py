"""Turn an answer's bytes into frames: decompress, cut out of the envelope, and read by the stream's schema."""
