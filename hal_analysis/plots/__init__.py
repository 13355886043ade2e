"""From frames to figures: style, layout, labels, heatmaps, frontiers, and bars."""
