"""From files to runs: discovery, reading, decryption, and the cache."""
