"""From arrays and frames to numbers: frontiers, win counts, and the bootstrap."""
