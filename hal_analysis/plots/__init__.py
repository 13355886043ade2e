"""From frames to figures: pages, heatmaps, frontiers, dot plots, labels, and the report."""
