"""Code shared by the six stages: loaders, metrics, plots, and the modules below them."""
